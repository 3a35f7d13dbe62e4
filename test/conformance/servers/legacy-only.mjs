#!/usr/bin/env node
// The conformance server of the era with a handshake alone, over stdio, made with the official SDK v1.
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createV1Server } from "./lib/create-v1-server.mjs";

await createV1Server().connect(new StdioServerTransport());
