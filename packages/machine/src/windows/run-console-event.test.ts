import { describe, expect, it } from "vitest";
import { visitConsoles } from "./console-event.js";
import { tellConsoles } from "./run-console-event.js";

/** Ends a helper in the middle, as an event does that it sent to itself. */
class Ended extends Error {}

interface Sent {
  readonly pids: readonly number[];
  readonly event: number;
}

type Consoles = readonly (readonly number[])[];

/** A Windows in memory with consoles, told by who is in them. */
function windowsWith(...all: Consoles) {
  return windowsThat("ends us at once", all);
}

/** As {@link windowsWith}. @param manner what our own break does to us: "late" is at the worst moment after it was sent */
function windowsThat(manner: "ends us at once" | "ends us late" | "spares us", all: Consoles) {
  const sent: Sent[] = [];
  let helpers = 0;
  /** As Windows does it: whoever goes to a console hears every event of it unless it ignores it since then. */
  const createHelper = (): Parameters<typeof tellConsoles>[0] & { readonly awaitEnd: () => void } => {
    helpers += 1;
    const own = helpers;
    let isEnding = false;
    const awaitEnd = (): void => {
      if (isEnding) throw new Ended();
    };
    let joined: readonly number[] | undefined;
    let ignoresInterrupts = false;
    return {
      awaitEnd,
      joinConsole: (pid) => {
        if (joined !== undefined) return false;
        joined = all.find((pids) => pids.includes(pid));
        ignoresInterrupts = false;
        return joined !== undefined;
      },
      leaveConsole: () => {
        joined = undefined;
        ignoresInterrupts = false;
      },
      consolePids: () => (joined === undefined ? [] : [...joined, own]),
      ignoreInterrupts: (ignore) => {
        ignoresInterrupts = ignore;
      },
      sendConsoleEvent: (event) => {
        if (joined === undefined) return false;
        awaitEnd();
        sent.push({ pids: joined, event });
        isEnding = event === 0 ? !ignoresInterrupts : manner !== "spares us";
        if (event === 0 || manner === "ends us at once") awaitEnd();
        return true;
      },
    };
  };
  const run = (event: 0 | 1, pids: readonly number[], never: readonly number[] = []): string => {
    let said = "";
    const say = (line: string): void => {
      said += line;
    };
    try {
      const helper = createHelper();
      tellConsoles(helper, event, { pids, never, say, awaitEnd: helper.awaitEnd });
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
    }
    return said;
  };
  return {
    sent,
    helperCount: () => helpers,
    tell: (event: 0 | 1, pids: readonly number[], never?: readonly number[]) =>
      visitConsoles(pids, (left) => Promise.resolve(run(event, left, never))),
  };
}

describe("an event to consoles", () => {
  it("is sent once to each by one helper, and reaches those who share it", async () => {
    const windows = windowsWith([10, 11, 99], [12]);
    expect(await windows.tell(0, [10, 11, 12, 13])).toEqual([10, 11, 12]);
    expect(windows.sent).toEqual([
      { pids: [10, 11, 99], event: 0 },
      { pids: [12], event: 0 },
    ]);
    expect(windows.helperCount()).toBe(1);
  });

  it("reaches every console, although each event ends the one who sent it", async () => {
    const windows = windowsWith([10, 11, 99], [12], [14]);
    expect(await windows.tell(1, [10, 13, 11, 12, 14])).toEqual([10, 11, 12, 14]);
    expect(windows.sent.map(({ pids }) => pids)).toEqual([[10, 11, 99], [12], [14]]);
    expect(windows.helperCount()).toBe(3);
  });

  it("reaches every console where it ends the one who sent it only after a while, or not at all", async () => {
    for (const [manner, helperCount] of [
      ["ends us late", 3],
      ["spares us", 1],
    ] as const) {
      const windows = windowsThat(manner, [[10, 11], [12], [14]]);
      expect(await windows.tell(1, [10, 11, 12, 13, 14])).toEqual([10, 11, 12, 14]);
      expect(windows.sent.map(({ pids }) => pids)).toEqual([[10, 11], [12], [14]]);
      expect(windows.helperCount()).toBe(helperCount);
    }
  });

  it("is not sent where it would reach one who must never be told", async () => {
    const windows = windowsWith([10, 7], [12]);
    expect(await windows.tell(1, [10, 12], [7])).toEqual([12]);
    expect(windows.sent).toEqual([{ pids: [12], event: 1 }]);
  });

  it("counts for nobody whom Windows did not let it be sent to", async () => {
    expect(await visitConsoles([10], () => Promise.resolve("told 10\nmissed 10\ndone\n"))).toEqual([]);
  });

  it("is given up where a helper says nothing, and believed for no stranger", async () => {
    const said = ["told 10,77\ntold 1", "", "told 12\n"];
    expect(await visitConsoles([10, 12], () => Promise.resolve(said.shift() ?? ""))).toEqual([10]);
    expect(said).toEqual(["told 12\n"]);
  });
});
