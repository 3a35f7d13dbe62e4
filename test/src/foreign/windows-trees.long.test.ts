import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processesWithMarker, waitUntilGone } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findWine } from "./support/find-wine.js";
import { counts, treeScript, withTrees } from "./support/windows-tree.js";
import { openWineMachine, type WineMachine } from "./support/wine-machine.js";

// How trees end on Windows. Who is left is counted from Linux, through /proc, where Windows programs are processes too.
const wine = findWine("the trees of Windows");
let machine: WineMachine | undefined;
beforeAll(async () => {
  if (wine !== undefined) machine = await openWineMachine(wine);
}, 180_000);
afterAll(async () => machine?.[Symbol.asyncDispose](), 60_000);

/** No process of a test here gets this old. */
const lifeLimitMs = 60_000;

/**
 * What a careless way through cmd.exe would take for its own. Without percent signs: Wine's cmd.exe expands once more what `%*`
 * brought, which that of Windows does not (it dropped single ones and put in variables).
 */
const awkwardArguments = [
  "plain",
  "two words",
  "",
  "&whoami",
  "a|b<c>d^e",
  "!PATH!",
  'say "hi" & go',
  "C:\\a b\\",
  "größer 日本",
  "(x)",
  "a,b;c=d",
];

describe.skipIf(wine === undefined)("on Windows", () => {
  test(
    "a tree that goes by itself when stdin ends is not forced",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process, marker } = await launch("cooperative", {
          stopTimes: { stdinGraceMs: 30_000, termGraceMs: 0 },
        });
        expect(processesWithMarker(marker)).toHaveLength(2);
        expect(counts(await process.stop())).toEqual({ ended: 2, forced: 0, survived: 0, blindSpots: 0 });
        expect(await process.exited).toEqual({ reason: "stopped", code: 0, signal: null });
        expect(processesWithMarker(marker)).toEqual([]);
      }),
    120_000,
  );

  test(
    "a program that hears nothing but Ctrl-C is asked, and goes in good order",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process, marker, said } = await launch("polite", {
          stopTimes: { stdinGraceMs: 200, termGraceMs: 30_000 },
        });
        expect(counts(await process.stop())).toEqual({ ended: 1, forced: 0, survived: 0, blindSpots: 0 });
        expect(await process.exited).toEqual({ reason: "stopped", code: 7, signal: null });
        await process.closed;
        expect(said()).toContain("bye");
        expect(processesWithMarker(marker)).toEqual([]);
      }),
    120_000,
  );

  test(
    "SIGINT is Ctrl-C, and a signal that Windows does not have is refused",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process } = await launch("polite");
        await expect(process.signal("SIGHUP")).rejects.toMatchObject({ reason: "argument_invalid" });
        await process.signal("SIGINT");
        expect(await process.exited).toEqual({ reason: "exited", code: 7, signal: null });
      }),
    120_000,
  );

  test(
    // Wine has no Ctrl-Break to send (ERROR_INVALID_HANDLE); on Windows console-event.test.ts tries that one.
    "SIGINT reaches every console of a tree",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process, said } = await launch("apart");
        await process.signal("SIGINT");
        expect(await process.exited).toEqual({ reason: "exited", code: 7, signal: null });
        await process.closed;
        expect(said()).toContain("so am I");
        expect(said()).toContain("my child is gone");
      }),
    120_000,
  );

  test(
    "a batch file hands its arguments on as they are",
    () =>
      withTrees({ machine }, async (_, launch) => {
        if (machine === undefined) return;
        const folder = await machine.makeFolder("C:\\50% of it & more");
        const program = `${folder}\\tell.cmd`;
        const line = `"C:\\nodejs\\node.exe" "${treeScript}" args %*`;
        await writeFile(join(machine.locate(folder), "tell.cmd"), `@echo off\r\n${line}\r\n`);
        const { said } = await launch("args", { program, args: awkwardArguments });
        expect(JSON.parse(said().split("\n")[0] ?? "")).toEqual(awkwardArguments);
      }),
    120_000,
  );

  test(
    "a stubborn tree is killed whole, its detached grandchild included",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process, marker } = await launch("stubborn", {
          stopTimes: { stdinGraceMs: 200, termGraceMs: 200 },
        });
        expect(processesWithMarker(marker)).toHaveLength(3);
        expect(counts(await process.stop())).toEqual({ ended: 0, forced: 3, survived: 0, blindSpots: 0 });
        expect(await process.exited).toEqual({ reason: "stopped", code: 1, signal: null });
        await waitUntilGone(marker, { withinMs: 5_000 });
      }),
    120_000,
  );

  test(
    "a process shows its tree with memory and age",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process, marker } = await launch("stubborn");
        const tree = (await process.readTree()).filter(({ name }) => name === "node.exe");
        expect(tree.map(({ pid }) => pid)[0]).toBe(process.pid);
        expect(tree).toHaveLength(3);
        for (const { memoryBytes, ageMs, cpuMs } of tree) {
          expect(memoryBytes).toBeGreaterThan(1_000_000);
          expect(ageMs).toBeLessThan(lifeLimitMs);
          expect(cpuMs).toBeGreaterThanOrEqual(0);
        }
        await process.stop({ stdinGraceMs: 0, termGraceMs: 0 });
        await waitUntilGone(marker, { withinMs: 5_000 });
      }),
    120_000,
  );

  test(
    "a grandchild that holds the output does not keep it open for ever",
    () =>
      withTrees({ machine }, async (_, launch) => {
        const { process, marker } = await launch("holder");
        expect(await process.closed).toEqual({ reason: "exited", code: 3, signal: null });
        // A Windows program shows its arguments a moment after it was started.
        await expect.poll(() => processesWithMarker(marker), { timeout: 30_000 }).toHaveLength(1);
        expect(counts(await process.stop())).toMatchObject({ forced: 1, survived: 0 });
        await waitUntilGone(marker, { withinMs: 5_000 });
      }),
    120_000,
  );

  test("nothing outlives an executor that is killed", async () => {
    const markers: string[] = [];
    let isProven = false;
    const closing = withTrees({ machine }, async (executor, launch) => {
      for (const kind of ["stubborn", "cooperative", "holder"]) {
        const { marker, process: root } = await launch(kind);
        markers.push(marker);
        if (kind === "holder") await root.exited;
      }
      // The root that ended stays in /proc until Wine has reaped it; one that it started may not show its arguments yet.
      const living = (): unknown => markers.flatMap((marker) => processesWithMarker(marker));
      await expect.poll(living, { timeout: 30_000 }).toHaveLength(6);
      process.kill(executor.pid, "SIGKILL");
      for (const marker of markers) await waitUntilGone(marker, { withinMs: 10_000 });
      isProven = true;
    });
    // To close such an executor in good order fails, of course.
    const failure: unknown = await closing.catch((error: unknown) => error);
    expect(isProven ? undefined : failure).toBeUndefined();
  }, 120_000);

  test("the executor's own job alone ends everything with it, too", async () => {
    let isProven = false;
    const closing = withTrees({ machine }, async (executor, launch) => {
      const { marker, said } = await launch("jobHolder");
      // That of the tree, and one that Node has for its children; neither ends them while somebody else has it open.
      expect(said()).toMatch(/holds [2-9] jobs/);
      expect(processesWithMarker(marker)).toHaveLength(2);
      process.kill(executor.pid, "SIGKILL");
      await waitUntilGone(marker, { withinMs: 10_000 });
      isProven = true;
    });
    const failure: unknown = await closing.catch((error: unknown) => error);
    expect(isProven ? undefined : failure).toBeUndefined();
  }, 120_000);
});
