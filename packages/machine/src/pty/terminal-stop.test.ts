import { describe, expect, it } from "vitest";
import { type Launched, launched, survivors } from "../fixtures/launched.js";

const hasty = { stdinGraceMs: 100, termGraceMs: 100 };
const patient = { stdinGraceMs: 10_000, termGraceMs: 10_000 };

function inTerminal(program: string, ...args: string[]): Promise<Launched> {
  return launched({ program, args, stdio: { mode: "pty", columns: 80, rows: 24 } });
}

describe.skipIf(process.platform !== "linux")("closing the input of a terminal", () => {
  it.each([
    ["nothing", ""],
    ["whole lines", "one\ntwo\n"],
    ["a line without its end", "one\nunfinished"],
  ])("ends a program that reads lines, after %s", async (_, text) => {
    await using child = await inTerminal("sh", "-c", "stty -echo; echo ready; cat; echo over");
    await child.says("ready");
    await child.process.write(Buffer.from(text));
    await Promise.all([child.process.closeStdin(), child.process.closeStdin()]);
    expect(await child.process.closed).toMatchObject({ code: 0 });
    expect(child.text()).toBe(`ready\r\n${text.replaceAll("\n", "\r\n")}over\r\n`);
    await expect(child.process.write(Buffer.from("x"))).rejects.toMatchObject({
      reason: "stdin_closed",
      effect: "none",
    });
  });
});

describe.skipIf(process.platform !== "linux")("keys and signals", () => {
  it("make Ctrl-C typed an interrupt of what runs in the foreground", async () => {
    await using child = await inTerminal(
      "sh",
      "-c",
      "trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.01; done",
    );
    await child.says("ready");
    await child.process.write(Uint8Array.of(3));
    expect(await child.process.closed).toMatchObject({ code: 3, signal: null });
    expect(child.text()).toContain("interrupted");
  });

  it("reach the whole group when sent by name", async () => {
    await using child = await inTerminal("sh", "-c", "(sleep 600; echo never) & echo ready; wait");
    await child.says("ready");
    await child.process.signal("SIGTERM");
    expect(await child.process.closed).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(survivors(child.mark)).toEqual([]);
  });
});

describe.skipIf(process.platform !== "linux")("stopping what runs in a terminal", () => {
  it("needs no signal where the program ends with its input", async () => {
    await using child = await inTerminal("cat");
    const report = await child.process.stop(patient);
    expect(report).toMatchObject({ ended: [{ name: "cat" }], forced: [], survived: [] });
    expect(await child.process.exited).toEqual({ reason: "stopped", code: 0, signal: null });
  });

  it("ends an interactive shell by the end of its input", async () => {
    await using child = await inTerminal("sh", "-i");
    await child.process.write(Buffer.from("echo re''ady\n"));
    await child.says("ready");
    const report = await child.process.stop(patient);
    expect(report).toMatchObject({ forced: [], survived: [] });
  });

  it("terminates one that does not read", async () => {
    await using child = await inTerminal("sleep", "600");
    const report = await child.process.stop({ ...patient, stdinGraceMs: 50 });
    expect(report).toMatchObject({ ended: [{ name: "sleep" }], forced: [], survived: [] });
    expect(await child.process.exited).toMatchObject({ signal: "SIGTERM" });
  });

  it("hangs up what heeds neither, as a shell that has keys waiting, before it forces", async () => {
    await using child = await inTerminal(
      "sh",
      "-c",
      "stty raw -echo; trap '' TERM; trap 'echo hung up; exit 0' HUP; echo ready; while :; do sleep 0.02; done",
    );
    await child.says("ready");
    const report = await child.process.stop({ stdinGraceMs: 20, termGraceMs: 2_000 });
    expect(report).toMatchObject({ forced: [], survived: [] });
    await child.process.closed;
    expect(child.text()).toContain("hung up");
  });

  it("forces a stubborn tree, input that nobody reads included", async () => {
    await using child = await inTerminal(
      "sh",
      "-c",
      "stty raw -echo; trap '' TERM HUP INT; (setsid sh -c 'trap \"\" TERM HUP; echo deep; while :; do sleep 1; done' &) ; echo ready; while :; do sleep 1; done",
    );
    await Promise.all([child.says("ready"), child.says("deep")]);
    const write = child.process.write(new Uint8Array(256 * 1024));
    write.catch(() => {});
    const report = await child.process.stop(hasty);
    expect(report.survived).toEqual([]);
    expect(report.forced.length).toBeGreaterThanOrEqual(2);
    await expect(write).rejects.toMatchObject({ reason: "stdin_closed" });
    expect(survivors(child.mark)).toEqual([]);
  });
});
