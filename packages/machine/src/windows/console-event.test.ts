import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { sendConsoleEvent } from "./console-event.js";

/** A program in a console of its own that hears one signal, and ends with 7. */
async function listening(signal: NodeJS.Signals): Promise<ChildProcess & { readonly pid: number }> {
  const script = `process.on("${signal}", () => process.exit(7)); setInterval(() => {}, 1_000); console.log("ready")`;
  const child = spawn(process.execPath, ["-e", script], {
    stdio: ["ignore", "pipe", "ignore"],
    windowsHide: true,
  });
  await once(child.stdout, "data");
  if (child.pid === undefined) throw new Error("A child that speaks has a pid");
  return Object.assign(child, { pid: child.pid });
}

describe.skipIf(process.platform !== "win32")("an event on Windows (there are none elsewhere)", () => {
  it.each([
    ["interrupt", "SIGINT"],
    ["break", "SIGBREAK"],
  ] as const)("reaches several consoles: %s", async (event, signal) => {
    const children = await Promise.all([listening(signal), listening(signal), listening(signal)]);
    const ended = Promise.all(children.map((child) => once(child, "exit")));
    try {
      expect(await sendConsoleEvent(event, children)).toEqual(children.map(({ pid }) => pid));
      expect(await ended).toEqual([
        [7, null],
        [7, null],
        [7, null],
      ]);
    } finally {
      for (const child of children) child.kill();
    }
  });
});
