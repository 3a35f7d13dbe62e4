import { createHash } from "node:crypto";
import { settlesWithinMs } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { fixture, type Launched, launched } from "../fixtures/launched.js";

const node = process.execPath;
const mebibyte = 1024 * 1024;

describe("output", () => {
  it("stops the child at the window, and loses nothing of 32 MiB when the reader is slow", async () => {
    const windowBytes = mebibyte;
    await using child = await launched(
      { program: node, args: [fixture("flood"), String(32 * mebibyte)], outputWindowBytes: windowBytes },
      { consume: false },
    );
    const hash = createHash("sha256");
    let readBytes = 0;
    let mostWaiting = 0;
    let furthestAhead = 0;
    while (readBytes < 32 * mebibyte) {
      const waiting = await waitingBytes(child, readBytes, windowBytes);
      mostWaiting = Math.max(mostWaiting, waiting.length);
      furthestAhead = Math.max(furthestAhead, toldProgress(child) - readBytes);
      hash.update(waiting);
      readBytes += waiting.length;
      child.process.consumed("stdout", waiting.length);
    }
    // The child gets no further than the window, a chunk, and what the kernel holds.
    expect(furthestAhead).toBeLessThanOrEqual(windowBytes + 2 * mebibyte);
    expect(mostWaiting).toBeLessThanOrEqual(windowBytes + 64 * 1024);
    expect(await child.process.closed).toMatchObject({ code: 0 });
    expect(readBytes).toBe(32 * mebibyte);
    expect(child.text("stderr")).toContain(`sha256 ${hash.digest("hex")}`);
  });

  it("delivers what the child wrote before it exited, also when it comes later", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "head -c 100000 /dev/zero; echo err >&2"],
    });
    await child.process.closed;
    expect(child.bytes("stdout").length).toBe(100_000);
    expect(child.text("stderr")).toBe("err\n");
  });

  it("keeps what waits for credit past the drain time, and delivers no byte without credit", async () => {
    // More than one chunk, and so little that the pipe takes the rest: only then does the child end without credit.
    await using child = await launched(
      { program: "sh", args: ["-c", "head -c 80000 /dev/zero"], outputWindowBytes: 1_000 },
      { consume: false, drainMs: 30 },
    );
    await child.process.exited;
    expect(await settlesWithinMs(child.process.closed, 100)).toBe(false);
    let given = 0;
    do {
      expect(child.bytes("stdout").length - given).toBeLessThanOrEqual(64 * 1024);
      child.process.consumed("stdout", child.bytes("stdout").length - given);
      given = child.bytes("stdout").length;
    } while (!(await settlesWithinMs(child.process.closed, 1)));
    expect(child.bytes("stdout").length).toBe(80_000);
  });

  it("settles exited at once and closed after the drain time when a grandchild holds the pipe", async () => {
    await using child = await launched(
      { program: "sh", args: ["-c", "sleep 600 & echo done"], stopTimes: { stdinGraceMs: 0 } },
      { drainMs: 150 },
    );
    await child.process.exited;
    const exitedAt = performance.now();
    await child.process.closed;
    expect(performance.now() - exitedAt).toBeGreaterThan(140);
    expect(child.text()).toBe("done\n");
  });

  it("delivers what a grandchild writes within the drain time", async () => {
    await using child = await launched(
      { program: "sh", args: ["-c", "(sleep 0.05; echo late) & echo early"] },
      { drainMs: 5_000 },
    );
    expect(await child.process.closed).toMatchObject({ code: 0 });
    expect(child.text()).toBe("early\nlate\n");
  });

  it("lets go of output that nobody will read when it is disposed", async () => {
    const child = await launched(
      {
        program: "sh",
        args: ["-c", "head -c 500000 /dev/zero"],
        outputWindowBytes: 1,
        stopTimes: { stdinGraceMs: 0 },
      },
      { consume: false, drainMs: 50 },
    );
    await child[Symbol.asyncDispose]();
    await child.process.closed;
    expect(child.bytes("stdout").length).toBeLessThan(500_000);
  });
});

/** Waits until a window is full or the child has ended, then gives what was not read yet. */
async function waitingBytes(child: Launched, readBytes: number, windowBytes: number): Promise<Buffer> {
  for (;;) {
    const ended = await settlesWithinMs(child.process.exited, 1);
    const waiting = child.bytes("stdout").subarray(readBytes);
    if (waiting.length >= windowBytes || ended) return waiting;
  }
}

/** The last number of bytes that the flood fixture says it has written. */
function toldProgress(child: Launched): number {
  return Number(/(\d+)\n(?:sha256 .*\n)?$/.exec(child.text("stderr"))?.[1] ?? 0);
}
