import { createTempFolder, processesWithMarker, waitUntil, waitUntilGone } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findWine } from "./support/find-wine.js";
import { counts, withTrees } from "./support/windows-tree.js";
import { consoleLauncher as through } from "./support/wine-console.js";
import { openWineMachine, type WineMachine } from "./support/wine-machine.js";

// Programs in a pseudo console of Windows. Under Wine a child of one has no handles of its own, so a small program gives it some;
// and its console stays at 80 columns, so that a change of size is only seen to do no harm.
const wine = findWine("terminals on Windows");
let machine: WineMachine | undefined;
beforeAll(async () => {
  if (wine !== undefined) machine = await openWineMachine(wine);
}, 180_000);
afterAll(async () => machine?.[Symbol.asyncDispose](), 60_000);

const stdio = { mode: "pty", columns: 80, rows: 24 } as const;
const typed = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.skipIf(wine === undefined)("a terminal on Windows", () => {
  test(
    "echoes what is typed and gives it to the program, also after a change of size; Ctrl-C ends it, and its code comes back",
    () =>
      withTrees({ machine, through }, async (_, launch) => {
        const { process, marker, said } = await launch("typist", { stdio });
        const says = (what: RegExp): Promise<unknown> =>
          waitUntil(() => what.test(said()), {
            withinMs: 30_000,
            what: () => `${what} in ${JSON.stringify(said())}`,
          });
        await says(/terminal true true/);
        await process.write(typed("first\r"));
        await says(/first[^]*got <first>/);
        await process.resize(100, 40);
        await process.write(typed("second\r"));
        await says(/second[^]*got <second>/);
        // Typed as a key it is none to the console of Wine, which drops it; that of Windows makes this event of it.
        await process.signal("SIGINT");
        await says(/interrupted/);
        expect(await process.exited).toEqual({ reason: "exited", code: 7, signal: null });
        await waitUntilGone(marker, { withinMs: 5_000 });
      }),
    120_000,
  );

  test(
    "is ended with the whole tree of its program",
    () =>
      withTrees({ machine, through }, async (_, launch) => {
        const { process, marker } = await launch("stubborn", {
          stdio,
          stopTimes: { stdinGraceMs: 200, termGraceMs: 200 },
        });
        // The one in between has our marker in its arguments, too.
        expect(processesWithMarker(marker)).toHaveLength(4);
        expect(counts(await process.stop())).toMatchObject({ forced: 3, survived: 0, blindSpots: 0 });
        await waitUntilGone(marker, { withinMs: 5_000 });
      }),
    120_000,
  );

  test("is refused for a program that Windows does not start, as pipes are, and leaves nothing that keeps the executor", async () => {
    await using folder = await createTempFolder("fl-no-program-");
    const file = await folder.write("text.exe", "no program");
    const through = `Z:${file.replaceAll("/", "\\")}`;
    await withTrees({ machine, through }, async (_, launch) => {
      const refusals = await Promise.allSettled([launch("none", { stdio }), launch("none")]);
      const refused = { code: "not_found", reason: "program_not_executable", effect: "none" };
      expect(refusals).toMatchObject([{ reason: refused }, { reason: refused }]);
    });
  }, 120_000);
});
