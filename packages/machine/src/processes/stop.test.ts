import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { fixture, isAlive, launched, survivors } from "../fixtures/launched.js";

const quick = { stdinGraceMs: 100, termGraceMs: 100 };
const node = process.execPath;
const hasSetsid = spawnSync("setsid", ["--version"]).status === 0;

describe.skipIf(process.platform !== "linux")("stop", () => {
  it("ends a tree that goes by itself when stdin ends, long before the first pause is over", async () => {
    await using child = await launched({ program: "sh", args: ["-c", "(echo ready; exec cat); exit 3"] });
    await child.says("ready");
    const startedAt = performance.now();
    const report = await child.process.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(report).toMatchObject({ forced: [], survived: [] });
    expect(report.ended.map(({ pid }) => pid)).toContain(child.process.pid);
    expect(report.ended).toHaveLength(2);
    expect(await child.process.exited).toEqual({ reason: "stopped", code: 3, signal: null });
    expect(survivors(child.mark)).toEqual([]);
  });

  it("ends a Node server on the end of stdin without a signal", async () => {
    await using child = await launched({ program: node, args: [fixture("cooperative")] });
    await child.says("ready");
    const { ended, forced } = await child.process.stop();
    expect([ended.map(({ pid }) => pid), forced]).toEqual([[child.process.pid], []]);
    expect(await child.process.exited).toMatchObject({ code: 0 });
  });

  it("sends SIGTERM to those who ignore the end of stdin", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.02; done"],
      stopTimes: { stdinGraceMs: 50 },
    });
    await child.says("ready");
    const { forced } = await child.process.stop();
    expect(forced).toEqual([]);
    expect(await child.process.exited).toMatchObject({ code: 7 });
  });

  it("kills a stubborn tree behind two wrappers", async () => {
    const inner = `sh -c '${node} ${fixture("stubborn")}; :' & ${node} ${fixture("stubborn")}; wait`;
    await using child = await launched({ program: "sh", args: ["-c", inner], stopTimes: quick });
    await child.says("ready");
    await child.process.closeStdin();
    const report = await child.process.stop();
    expect(report.survived).toEqual([]);
    expect(report.forced.length).toBeGreaterThanOrEqual(1);
    expect(survivors(child.mark)).toEqual([]);
  });

  it.skipIf(!hasSetsid)("finds a double fork into a new session by its mark in the environment", async () => {
    const script = `(setsid ${node} ${fixture("stubborn")} &) ; cat >/dev/null`;
    await using child = await launched({ program: "sh", args: ["-c", script], stopTimes: quick });
    await child.says("ready");
    const escaped = Number(/ready (\d+)/.exec(child.text())?.[1]);
    const report = await child.process.stop();
    expect(report.forced.map(({ pid }) => pid)).toContain(escaped);
    expect(report.survived).toEqual([]);
    expect(isAlive(escaped)).toBe(false);
  });

  it.skipIf(!hasSetsid)("finds a child in a new session without our environment by its parent", async () => {
    const script = `setsid --wait env -i ${node} ${fixture("stubborn")} & wait`;
    await using child = await launched({ program: "sh", args: ["-c", script], stopTimes: quick });
    await child.says("ready");
    const hidden = Number(/ready (\d+)/.exec(child.text())?.[1]);
    expect((await child.process.stop()).survived).toEqual([]);
    expect(isAlive(hidden)).toBe(false);
  });

  it("ends what a process left behind when it ended by itself", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "sleep 600 >/dev/null 2>&1 & echo $!"],
    });
    expect(await child.process.closed).toEqual({ reason: "exited", code: 0, signal: null });
    const left = Number(child.text());
    expect(isAlive(left)).toBe(true);
    const report = await child.process.stop(quick);
    expect([...report.ended, ...report.forced]).toEqual([{ pid: left, name: "sleep" }]);
    expect(isAlive(left)).toBe(false);
  });

  it("ends the trees that processes of the tree have launched", async () => {
    await using outer = await launched({ program: "cat", args: [], stopTimes: quick });
    const FAIRLEAD_TREE = treeCookie(outer.process.pid);
    await using inner = await launched(
      { program: "sleep", args: ["600"] },
      { env: { ...process.env, FAIRLEAD_TREE } },
    );
    expect(treeCookie(inner.process.pid)).toMatch(new RegExp(`^${FAIRLEAD_TREE},t_[0-9a-f]{32}$`));
    const { ended } = await outer.process.stop();
    expect(ended.map(({ pid }) => pid)).toContain(inner.process.pid);
    expect(await inner.process.exited).toEqual({ reason: "exited", code: null, signal: "SIGTERM" });
  });

  it("wakes suspended processes so that they can hear SIGTERM", async () => {
    await using child = await launched({ program: "sleep", args: ["600"], stopTimes: { stdinGraceMs: 0 } });
    await child.process.signal("SIGSTOP");
    const { forced } = await child.process.stop();
    expect(forced).toEqual([]);
    expect(await child.process.exited).toMatchObject({ signal: "SIGTERM" });
  });

  it("gives the same report to everyone, and lets a later call hasten it", async () => {
    await using child = await launched({ program: node, args: [fixture("stubborn")] });
    await child.says("ready");
    const startedAt = performance.now();
    const slow = child.process.stop({ stdinGraceMs: 60_000, termGraceMs: 60_000 });
    const fast = child.process.stop({ stdinGraceMs: 20, termGraceMs: 20 });
    expect(await fast).toBe(await slow);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect((await slow).forced.map(({ pid }) => pid)).toEqual([child.process.pid]);
  });

  it("counts the first pause from when stdin was closed", async () => {
    await using child = await launched({ program: "sleep", args: ["600"] });
    await child.process.closeStdin();
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + 60_000);
    const startedAt = now();
    try {
      await child.process.stop({ stdinGraceMs: 60_000, termGraceMs: 1_000 });
    } finally {
      clock.mockRestore();
    }
    expect(now() - startedAt).toBeLessThan(1_500);
  });

  it.each(["sleep 0.01", "sleep 0.03", ":"])("ends a tree that goes on forking after %j", async (nap) => {
    const folder = await mkdtemp(join(tmpdir(), "fairlead-machine-"));
    const script = join(folder, "fork.sh");
    // Bounded to one process at a time: each starts its successor in a new session and ends.
    writeFileSync(script, `trap '' TERM\n${nap}\nexec >/dev/null 2>&1\n(setsid sh ${script} &)\n`);
    try {
      await using child = await launched({ program: "sh", args: [script], stopTimes: quick });
      const report = await child.process.stop();
      expect(report.survived).toEqual([]);
      expect(survivors(child.mark)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("refuses a pause that is no time", async () => {
    await using child = await launched({ program: "cat", args: [] });
    await expect(child.process.stop({ stdinGraceMs: -1 })).rejects.toMatchObject({ code: "usage" });
  });
});

function treeCookie(pid: number): string {
  return /(?:^|\0)FAIRLEAD_TREE=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1] ?? "";
}

describe("signal", () => {
  it("reaches the whole group", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.02; done"],
    });
    await child.says("ready");
    await child.process.signal("SIGINT");
    expect(await child.process.exited).toEqual({ reason: "exited", code: 9, signal: null });
  });

  it("is refused if it is none, or nobody is left to hear it", async () => {
    await using child = await launched({ program: "true", args: [] });
    await expect(child.process.signal("SIGNOTHING")).rejects.toMatchObject({
      code: "usage",
      reason: "argument_invalid",
    });
    await child.process.exited;
    await expect(child.process.signal("SIGINT")).rejects.toMatchObject({ reason: "process_exited" });
  });
});
