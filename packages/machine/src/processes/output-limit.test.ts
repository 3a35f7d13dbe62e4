import type { OutputName } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { launched, survivors } from "../fixtures/launched.js";
import { limitOutput } from "./output-limit.js";

interface Limited {
  readonly send: (name: OutputName, text: string) => void;
  readonly passed: string[];
  readonly dropped: string[];
}

function limited(limitBytes: number | undefined, isOver: () => boolean = () => false): Limited {
  const passed: string[] = [];
  const dropped: string[] = [];
  const handler = limitOutput({
    limitBytes,
    isOver,
    onOutput: (name, chunk) => passed.push(`${name}:${Buffer.from(chunk).toString()}`),
    onExceeded: (name, bytes) => dropped.push(`${name}:${bytes}`),
  });
  return { send: (name, text) => handler(name, Buffer.from(text)), passed, dropped };
}

describe("limitOutput", () => {
  it("lets through what it may, to the byte, over both outputs together", () => {
    const { send, passed, dropped } = limited(8);
    send("stdout", "12345");
    send("stderr", "678");
    expect(dropped).toEqual([]);
    send("stdout", "9");
    send("stderr", "ab");
    expect(passed).toEqual(["stdout:12345", "stderr:678"]);
    expect(dropped).toEqual(["stdout:1", "stderr:2"]);
  });

  it("cuts the chunk that crosses the limit", () => {
    const { send, passed, dropped } = limited(3);
    send("stdout", "12345");
    expect([passed, dropped]).toEqual([["stdout:123"], ["stdout:2"]]);
  });

  it("tells of the limit but drops nothing of a process that has ended", () => {
    const { send, passed, dropped } = limited(3, () => true);
    send("stdout", "12345");
    expect([passed, dropped]).toEqual([["stdout:12345"], ["stdout:0"]]);
  });

  it("lets nothing through behind a cut, also when the process ends meanwhile", () => {
    let isOver = false;
    const { send, passed } = limited(3, () => isOver);
    send("stdout", "12345");
    isOver = true;
    send("stdout", "67");
    expect(passed).toEqual(["stdout:123"]);
  });

  it("does nothing without a limit", () => {
    const { send, passed } = limited(undefined);
    send("stdout", "12345");
    expect(passed).toEqual(["stdout:12345"]);
  });
});

describe.skipIf(process.platform !== "linux")("a launch with an output limit", () => {
  it("is stopped with its tree when it writes more, and everything up to the limit is delivered", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "sleep 600 & yes & yes >&2"],
      outputLimitBytes: 100_000,
      stopTimes: { stdinGraceMs: 60_000, termGraceMs: 100 },
    });
    expect(await child.process.closed).toMatchObject({ reason: "output_limit" });
    expect(child.bytes("stdout").length + child.bytes("stderr").length).toBe(100_000);
    const report = await child.process.stop();
    expect(report.survived).toEqual([]);
    expect(survivors(child.mark)).toEqual([]);
  });

  it("is left alone at the limit itself", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "head -c 60000 /dev/zero; head -c 40000 /dev/zero >&2"],
      outputLimitBytes: 100_000,
    });
    expect(await child.process.closed).toEqual({ reason: "exited", code: 0, signal: null });
    expect(child.bytes("stdout").length + child.bytes("stderr").length).toBe(100_000);
  });
});
