import { readCompleteFile } from "@fairlead/testkit";
import { type Scene, serverTable } from "../../failures/support/scene.js";

/** A server that never answers a tool call, and tells in files what it was asked: `fairlead call` itself shows nothing. */
export interface HeldServer {
  /** For config.toml. */
  readonly table: string;
  /** Settles when the server has got a tool call. */
  called(): Promise<string>;
  /** Settles when the server was told that the call was cancelled. */
  cancelled(): Promise<string>;
}

/** Makes one. @param options `stubborn`: it ignores the end of its input and SIGTERM; `more`: lines of its table */
export function heldServer(
  scene: Scene,
  options: { readonly stubborn?: boolean; readonly more?: readonly string[] } = {},
): HeldServer {
  const files = { called: scene.folder.file("called"), cancelled: scene.folder.file("cancelled") };
  const program = `
    const { renameSync, writeFileSync } = require("node:fs");
    const tell = (path) => { writeFileSync(path + ".tmp", process.pid + "\\n"); renameSync(path + ".tmp", path); };
    const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "h", version: "1" } };
    const stubborn = ${options.stubborn === true};
    if (stubborn) process.on("SIGTERM", () => {});
    const input = require("node:readline").createInterface({ input: process.stdin });
    input.on("close", () => { if (stubborn) setInterval(() => {}, 1e6); else process.exit(0); });
    input.on("line", (line) => {
      const { id, method } = JSON.parse(line);
      if (method === "initialize") console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
      if (method === "tools/call") tell(${JSON.stringify(files.called)});
      if (method === "notifications/cancelled") tell(${JSON.stringify(files.cancelled)});
    });`;
  return {
    table: serverTable("held", [process.execPath, "-e", program, scene.marker], options.more),
    called: () => readCompleteFile(files.called, { withinMs: 10_000 }),
    cancelled: () => readCompleteFile(files.cancelled, { withinMs: 10_000 }),
  };
}
