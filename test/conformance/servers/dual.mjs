#!/usr/bin/env node
// A server of both eras made with the official SDK v2, with everything that the official conformance runner looks for:
//   node test/conformance/servers/dual.mjs          over stdio
//   node test/conformance/servers/dual.mjs --http   over HTTP; tells its URL in a line of JSON, and ends with its stdin
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createV2Server } from "./lib/create-v2-server.mjs";
import { serveHttp } from "./lib/serve-http.mjs";

if (process.argv.includes("--http")) serveHttp();
else serveStdio(createV2Server);
