import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { processesWithMarker, waitUntilGone } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findWine, type WineParts } from "./support/find-wine.js";
import { counts, withTrees } from "./support/windows-tree.js";
import { openWineMachine, type WineMachine } from "./support/wine-machine.js";

// Trees on Windows without the optional package that calls it: PowerShell shows the processes, for which a program stands in
// here, and a watchdog takes the place of the job.
const wine = findWine("the trees of Windows without koffi");
let machine: WineMachine | undefined;
beforeAll(async () => {
  if (wine !== undefined) machine = await openBareMachine(wine);
}, 180_000);
afterAll(async () => machine?.[Symbol.asyncDispose](), 60_000);

const powerShellFolder = "C:\\windows\\system32\\WindowsPowerShell\\v1.0";
/** Programs of the folder come before Wine's own. */
const env = { WINEDLLOVERRIDES: "mscoree=;mshtml=;winemenubuilder.exe=;powershell.exe=n" };
const hasty = { stdinGraceMs: 200, termGraceMs: 30_000 };

async function openBareMachine(parts: WineParts): Promise<WineMachine> {
  const made = await openWineMachine(parts);
  try {
    await makeBare(made, parts);
    return made;
  } catch (error) {
    await made[Symbol.asyncDispose]();
    throw error;
  }
}

async function makeBare(machine: WineMachine, parts: WineParts): Promise<void> {
  const drive = join(machine.prefix, "drive_c");
  const modules = join(drive, "fairlead", "app", "node_modules");
  await rm(modules);
  await mkdir(modules);
  for (const name of await readdir(parts.modules)) {
    if (!["koffi", "@koromix", "@lydell"].includes(name))
      await symlink(join(parts.modules, name), join(modules, name));
  }
  const folder = machine.locate(powerShellFolder);
  await mkdir(folder, { recursive: true });
  await rm(join(folder, "powershell.exe"), { force: true });
  await copyFile(join(dirname(parts.template), "aids", "powershell.exe"), join(folder, "powershell.exe"));
}

/** What the PowerShell of these tests wrote of each time that it was asked. */
async function powerShellNotes(): Promise<readonly string[]> {
  if (machine === undefined) return [];
  const text = await readFile(join(machine.locate(powerShellFolder), "asked.txt"), "utf8");
  return [...new Set(text.trimEnd().split("\n"))];
}

describe.skipIf(wine === undefined)("on Windows without koffi", () => {
  test(
    "a tree is ended by parents and start times, and what could not be looked for is told",
    () =>
      withTrees({ machine, env }, async (_, launch) => {
        const { process, marker } = await launch("cooperative", {
          stopTimes: { stdinGraceMs: 30_000, termGraceMs: 0 },
        });
        expect(counts(await process.stop())).toEqual({ ended: 2, forced: 0, survived: 0, blindSpots: 1 });
        expect(processesWithMarker(marker)).toEqual([]);
      }),
    120_000,
  );

  test(
    "whom nobody can ask is killed without a pause, with what it left behind",
    () =>
      withTrees({ machine, env }, async (_, launch) => {
        const { process, marker } = await launch("deaf", { stopTimes: hasty });
        const startedAt = performance.now();
        expect(counts(await process.stop())).toEqual({ ended: 0, forced: 1, survived: 0, blindSpots: 1 });
        expect(performance.now() - startedAt).toBeLessThan(hasty.termGraceMs);
        await waitUntilGone(marker, { withinMs: 5_000 });
        const holder = await launch("holder", { stopTimes: hasty });
        expect(await holder.process.closed).toEqual({ reason: "exited", code: 3, signal: null });
        expect(processesWithMarker(holder.marker)).toHaveLength(1);
        expect(counts(await holder.process.stop())).toMatchObject({ forced: 1, survived: 0 });
        await waitUntilGone(holder.marker, { withinMs: 5_000 });
      }),
    120_000,
  );

  test(
    "a tree that grows while PowerShell looks for a second is ended whole",
    () =>
      withTrees({ machine, env }, async (_, launch) => {
        if (machine === undefined) return;
        const { process, marker } = await launch("breeder", {
          stopTimes: { stdinGraceMs: 0 },
          env: { set: { ASKED_FILE: `${powerShellFolder}\\asked.txt` } },
        });
        const slowness = join(machine.locate(powerShellFolder), "slow-ms.txt");
        await writeFile(slowness, "1200\n");
        try {
          const { forced, survived } = counts(await process.stop());
          expect(survived).toBe(0);
          // The breeder, its first child, and at least one that was born between two looks.
          expect(forced).toBeGreaterThan(2);
          await waitUntilGone(marker, { withinMs: 5_000 });
        } finally {
          await rm(slowness);
        }
      }),
    120_000,
  );

  test(
    "a program has no terminal",
    () =>
      withTrees({ machine, env }, async (_, launch) => {
        await expect(launch("deaf", { stdio: { mode: "pty", columns: 80, rows: 24 } })).rejects.toMatchObject(
          {
            code: "unavailable",
            reason: "feature_missing",
          },
        );
      }),
    120_000,
  );

  test("the watchdog ends what a killed executor left", async () => {
    const markers: string[] = [];
    let isProven = false;
    const closing = withTrees({ machine, env }, async (executor, launch) => {
      for (const kind of ["deaf", "holder", "cooperative"]) markers.push((await launch(kind)).marker);
      process.kill(executor.pid, "SIGKILL");
      for (const marker of markers) await waitUntilGone(marker, { withinMs: 20_000 });
      isProven = true;
    });
    // To close such an executor in good order fails, of course.
    const failure: unknown = await closing.catch((error: unknown) => error);
    expect(isProven ? undefined : failure).toBeUndefined();
  }, 120_000);

  test("PowerShell was asked for nothing but the processes", async () => {
    // Where it refuses, the product takes the next best way, which not everything here would tell from this one.
    expect(await powerShellNotes()).toEqual(["asked"]);
  });
});
