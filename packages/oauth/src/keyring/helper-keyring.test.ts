import { describe, expect, test } from "vitest";
import { createHelperKeyring, type HelperRun, type RunHelper } from "./helper-keyring.js";
import { formatAnswers, parseRequest } from "./helper-protocol.js";

const ended = (stdout: string, more: Partial<HelperRun> = {}): HelperRun => ({
  stdout,
  exitCode: 0,
  timedOut: false,
  ...more,
});

/** A helper over a map, as the real one is over the system's keyring. */
function workingHelper(items = new Map<string, string>()): RunHelper {
  return async (request) =>
    ended(
      formatAnswers(
        (parseRequest(request) ?? []).map((operation) => {
          const value = items.get(operation.account);
          if (operation.do === "get")
            return value === undefined ? { kind: "absent" } : { kind: "found", value };
          if (operation.do === "set") items.set(operation.account, operation.value);
          else return { kind: items.delete(operation.account) ? "done" : "absent" };
          return { kind: "done" };
        }),
      ),
    );
}

describe("the keyring behind its helper", () => {
  test("sets, gets and removes, one run each", async () => {
    const items = new Map<string, string>();
    let runs = 0;
    const helper = workingHelper(items);
    const keyring = createHelperKeyring({
      runHelper: (request, limits) => {
        runs += 1;
        return helper(request, limits);
      },
    });
    expect(await keyring.get("a")).toEqual({ kind: "absent" });
    expect(await keyring.set("a", "1")).toEqual({ kind: "done" });
    expect(await keyring.get("a")).toEqual({ kind: "found", value: "1" });
    expect(await keyring.remove("a")).toEqual({ kind: "done" });
    expect(await keyring.remove("a")).toEqual({ kind: "absent" });
    expect(runs).toBe(5);
    expect(await keyring.probe()).toEqual({ kind: "done" });
    expect(runs).toBe(6);
    expect(items.size).toBe(0);
  });

  test.each<[string, HelperRun]>([
    ["ended with code 1 without an answer", ended("", { exitCode: 1 })],
    ["was killed without an answer", ended("", { exitCode: null })],
    ["ended with code 0 without an answer", ended('{"version":1,"answers":[{"kind":"found","value":"canary')],
  ])("is unavailable if the helper %s", async (how, run) => {
    const keyring = createHelperKeyring({ runHelper: async () => run });
    const reason = `the program that asks it ${how}`;
    expect(await keyring.get("a")).toEqual({ kind: "unavailable", reason });
    expect(await keyring.set("a", "1")).toEqual({ kind: "unavailable", reason });
    expect(await keyring.remove("a")).toEqual({ kind: "unavailable", reason });
    expect(await keyring.probe()).toEqual({ kind: "unavailable", reason });
  });

  test("is unavailable if the helper cannot be started, and does not tell what was to be written", async () => {
    const keyring = createHelperKeyring({
      runHelper: async (request) => {
        throw new Error(`cannot write ${request}`);
      },
    });
    const answer = await keyring.set("a", "canary");
    expect(answer.kind).toBe("unavailable");
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("tells the library's own reason", async () => {
    const answers = formatAnswers([{ kind: "unavailable", reason: "the keyring is locked" }]);
    const keyring = createHelperKeyring({ runHelper: async () => ended(answers) });
    expect(await keyring.probe()).toEqual({ kind: "unavailable", reason: "the keyring is locked" });
  });

  test("does not work if it keeps something else than it is given", async () => {
    const answers = formatAnswers([{ kind: "done" }, { kind: "found", value: "other" }, { kind: "done" }]);
    const keyring = createHelperKeyring({ runHelper: async () => ended(answers) });
    expect(await keyring.probe()).toEqual({
      kind: "unavailable",
      reason: "it does not keep what it is given",
    });
  });

  test("is not asked again for a minute after it did not answer, and for longer each time that it does not", async () => {
    let nowMs = 0;
    let runs = 0;
    let isSilent = true;
    const keyring = createHelperKeyring({
      now: () => nowMs,
      runHelper: async (_, { timeoutMs }) => {
        runs += 1;
        expect(timeoutMs).toBe(3_000);
        if (!isSilent) return ended(formatAnswers([{ kind: "absent" }]));
        return ended("", { exitCode: null, timedOut: true });
      },
    });
    for (let times = 0; times < 3; times += 1) {
      expect(await keyring.get("a")).toEqual({
        kind: "unavailable",
        reason: "it did not answer within 3000 ms",
      });
    }
    expect(runs).toBe(1);
    // When it was asked, in minutes, by one who asks each minute.
    const askedAt: number[] = [];
    for (let minute = 1; minute <= 121; minute += 1) {
      const before = runs;
      nowMs = minute * 60_000;
      await keyring.get("a");
      if (runs > before) askedAt.push(minute);
    }
    expect(askedAt).toEqual([1, 3, 7, 15, 31, 61, 91, 121]);
    isSilent = false;
    nowMs += 1_800_000;
    expect(await keyring.get("a")).toEqual({ kind: "absent" });
    isSilent = true;
    await keyring.get("a");
    nowMs += 60_000;
    const before = runs;
    await keyring.get("a");
    expect(runs).toBe(before + 1);
  });
});
