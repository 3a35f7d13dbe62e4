#!/usr/bin/env node
// The conformance server of the era without a handshake alone, over stdio.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createV2Server } from "./lib/create-v2-server.mjs";

serveStdio(createV2Server, { legacy: "reject" });
