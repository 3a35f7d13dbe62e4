import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settlesWithinMs } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { type Launched, launched } from "../fixtures/launched.js";

const mebibyte = 1024 * 1024;
const ready = "ready";

/** Runs a shell script in a terminal that passes bytes as they are; what it writes follows after `ready`. */
async function rawShell(
  script: string,
  { windowBytes, ...options }: Parameters<typeof launched>[1] & { readonly windowBytes?: number } = {},
): Promise<Launched> {
  const child = await launched(
    {
      program: "sh",
      args: ["-c", `stty raw -echo; printf ${ready}; ${script}`],
      stdio: { mode: "pty", columns: 80, rows: 24 },
      stopTimes: { stdinGraceMs: 0 },
      outputWindowBytes: windowBytes,
    },
    options,
  );
  await child.says(ready);
  return child;
}

function written(child: Launched): Buffer {
  return child.bytes("stdout").subarray(ready.length);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe.skipIf(process.platform !== "linux")("the bytes of a terminal", () => {
  it("come back as they were sent, every value of a byte", async () => {
    const all = Buffer.from(Uint8Array.from({ length: 256 }, (_, value) => value));
    await using child = await rawShell("head -c 256");
    await child.process.write(all);
    await child.process.closed;
    expect(written(child)).toEqual(all);
  });

  it("arrive whole and in order: 1 MiB in, in pieces of odd lengths", async () => {
    const bytes = randomBytes(mebibyte);
    await using child = await rawShell(`head -c ${mebibyte} | sha256sum`);
    const writes: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += 1 + ((at * 7) % 9_973)) {
      writes.push(child.process.write(bytes.subarray(at, at + 1 + ((at * 7) % 9_973))));
    }
    await Promise.all(writes);
    await child.process.closed;
    expect(written(child).toString()).toContain(sha256(bytes));
  });

  it("arrive whole: 1 MiB out, with no more under way than the window", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fairlead-pty-"));
    try {
      const bytes = randomBytes(mebibyte);
      await writeFile(join(folder, "random"), bytes);
      const windowBytes = 64 * 1024;
      await using child = await rawShell(`exec cat ${folder}/random`, { consume: false, windowBytes });
      let given = 0;
      let most = 0;
      do {
        const waiting = child.bytes("stdout").length - given;
        most = Math.max(most, waiting);
        if (waiting < windowBytes) continue;
        child.process.consumed("stdout", waiting);
        given += waiting;
      } while (!(await settlesWithinMs(child.process.closed, 1)));
      expect(most).toBeLessThanOrEqual(windowBytes + 64 * 1024);
      expect(sha256(written(child))).toBe(sha256(bytes));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("wait for a child that does not read, which costs nothing and delays no other", async () => {
    await using other = await rawShell("exec cat");
    await using child = await rawShell("exec sleep 600");
    const chunkBytes = mebibyte / 256;
    let taken = 0;
    const writes = Array.from({ length: 256 }, async () => {
      await child.process.write(new Uint8Array(chunkBytes).fill(0x61));
      taken += 1;
    });
    const outcomes = Promise.allSettled(writes);

    const cpu = process.cpuUsage();
    expect(await settlesWithinMs(outcomes, 1_000)).toBe(false);
    const used = process.cpuUsage(cpu);
    const usedMs = (used.user + used.system) / 1_000;
    expect(usedMs).toBeLessThan(100);

    for (let index = 0; index < 20; index += 1) {
      await other.process.write(Buffer.from(`<${index}>`));
      expect(await settlesWithinMs(other.says(`<${index}>`), 500)).toBe(true);
    }

    // The kernel keeps a few KiB; the rest is told as not taken, with the count.
    await child.process.stop();
    expect(taken).toBeLessThan(16);
    const failed = (await outcomes).filter((outcome) => outcome.status === "rejected");
    expect(failed.length).toBe(256 - taken);
    expect(failed.at(-1)?.reason).toMatchObject({
      reason: "stdin_closed",
      details: { ackedBytes: taken * chunkBytes, writtenBytes: mebibyte },
    });
    await expect(child.process.write(Buffer.from("x"))).rejects.toMatchObject({ reason: "stdin_closed" });
  });
});
