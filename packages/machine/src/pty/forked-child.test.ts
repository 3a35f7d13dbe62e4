import { finished } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { forkInTerminal } from "./forked-child.js";
import { loadPtyLibrary } from "./pty-library.js";

describe.skipIf(process.platform === "win32")("a child that the library forks", () => {
  it.each([
    ["exit 3", 3, null],
    ["kill -KILL $$", null, "SIGKILL"],
  ])("reads, writes, is resized and ends: %s", async (ending, code, signal) => {
    const request = {
      program: "/bin/sh",
      args: ["-c", `stty -echo; echo ready; read line; stty size; echo "got $line $MARK"; ${ending}`],
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "", MARK: "ä" },
    };
    const child = forkInTerminal(request, { columns: 80, rows: 24 }, await loadPtyLibrary());
    const stdout = child.outputs.stdout;
    if (stdout === undefined) throw new Error("The child has no output");
    // An error of the read is one of the two ways in which a terminal ends.
    const isOver = finished(stdout).catch(() => {});
    let text = "";
    const isReady = new Promise<void>((resolve) => {
      stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("ready")) resolve();
      });
    });
    const exit = new Promise((resolve) => {
      child.onExit((...how) => resolve(how));
    });
    await isReady;
    child.resize?.(100, 30);
    await child.stdin.write(Buffer.from("hello\n"));
    expect(await exit).toEqual([code, signal]);
    await isOver;
    expect(text).toBe("ready\r\n30 100\r\ngot hello ä\r\n");
    await expect(child.stdin.write(Buffer.from("x"))).rejects.toMatchObject({ reason: "stdin_closed" });
  });
});
