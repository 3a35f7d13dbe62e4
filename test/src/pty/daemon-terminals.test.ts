import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createDeferred, type LaunchedProcess, settlesWithinMs } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import { canCountProcesses } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { connect } from "../link/support/connected.js";
import { sha256 } from "../link/support/random-bytes.js";

// Terminals behind a daemon and the wire, looked at from outside of both.

const mebibyte = 1024 * 1024;

interface Shown {
  readonly process: LaunchedProcess;
  text(): string;
  bytes(): Buffer;
  says(text: string): Promise<void>;
}

async function launchInTerminal(session: ExecutorSession, script: string): Promise<Shown> {
  const chunks: Uint8Array[] = [];
  let check = (): void => {};
  const launched: { process?: LaunchedProcess } = {};
  const bytes = (): Buffer => Buffer.concat(chunks);
  const process = await session.launcher.launch(
    { program: "sh", args: ["-c", script], stdio: { mode: "pty", columns: 90, rows: 20 } },
    {
      onOutput: (name, chunk) => {
        chunks.push(chunk);
        launched.process?.consumed(name, chunk.length);
        check();
      },
    },
  );
  launched.process = process;
  const text = (): string => bytes().toString("latin1");
  return {
    process,
    bytes,
    text,
    says: (wanted) => {
      const said = createDeferred<void>();
      check = () => {
        if (text().includes(wanted)) said.resolve();
      };
      check();
      return said.promise;
    },
  };
}

/** User and system time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Clock ticks of 10 ms: utime and stime.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

describe.skipIf(!canCountProcesses())("terminals of an executor", () => {
  test("a child that never reads neither freezes nor burns the daemon", async () => {
    await using connected = await connect();
    const { session, daemon } = connected;
    const other = await launchInTerminal(session, "stty raw -echo; echo ready; exec cat");
    const deaf = await launchInTerminal(session, "stty raw -echo; echo ready; exec sleep 600");
    await Promise.all([other.says("ready"), deaf.says("ready")]);
    const write = deaf.process.write(new Uint8Array(mebibyte).fill(0x61));
    write.catch(() => {});
    expect(await settlesWithinMs(write, 500)).toBe(false);

    const before = cpuMs(daemon.pid);
    expect(await settlesWithinMs(write, 2_000)).toBe(false);
    expect(cpuMs(daemon.pid) - before).toBeLessThan(300);

    for (let index = 0; index < 20; index += 1) {
      await other.process.write(Buffer.from(`<${index}>`));
      expect(await settlesWithinMs(other.says(`<${index}>`), 1_000)).toBe(true);
    }
    const report = await deaf.process.stop({ stdinGraceMs: 0 });
    expect(report).toMatchObject({ forced: [], survived: [] });
    await expect(write).rejects.toMatchObject({ reason: "stdin_closed" });
  });

  test("1 MiB goes through whole, there and back", async () => {
    await using connected = await connect();
    const child = await launchInTerminal(
      connected.session,
      `stty raw -echo; printf ready; head -c ${mebibyte}`,
    );
    await child.says("ready");
    const bytes = randomBytes(mebibyte);
    await child.process.write(bytes);
    expect(await child.process.closed).toMatchObject({ code: 0 });
    expect(sha256(child.bytes().subarray("ready".length))).toBe(sha256(bytes));
  });

  test("are resized, and interrupted by a key", async () => {
    await using connected = await connect();
    const child = await launchInTerminal(
      connected.session,
      "trap 'stty size' WINCH; trap 'echo interrupted; exit 9' INT; stty size; while :; do sleep 0.02; done",
    );
    await child.says("20 90");
    await child.process.resize(132, 43);
    await child.says("43 132");
    await child.process.write(Uint8Array.of(3));
    expect(await child.process.closed).toMatchObject({ code: 9, signal: null });
    expect(child.text()).toContain("interrupted");
  });
});
