import { beforeAll, describe, expect, test } from "vitest";
import { runWithoutRoot, withoutRootProblem } from "./support/run-without-root.js";

const why = withoutRootProblem();
if (why !== undefined) process.stderr.write(`skipped: what the system refuses: ${why}\n`);

type Failure = { code: string; reason?: string; effect: string; message: string } | null;

interface Outcome {
  readonly uid: number;
  readonly fixedFile: { readonly fixed: Failure; readonly free: Failure };
  readonly lockedFolder: { readonly read: Failure; readonly list: Failure; readonly unlocked: Failure };
  readonly fullFolder: { readonly write: Failure; readonly kept: unknown };
}

const denied = { code: "forbidden", reason: "access_denied", effect: "none" };

describe.skipIf(why !== undefined)("what the system refuses to a user who is not root", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = (await runWithoutRoot("refused-by-system.mjs")) as Outcome;
  });

  test("is asked for as such a user", () => {
    expect(outcome.uid).not.toBe(0);
  });

  test("a file that must not be written is left alone, others are not", () => {
    expect(outcome.fixedFile).toEqual({ fixed: expect.objectContaining(denied), free: null });
  });

  test("a folder that must not be looked into is told as such", () => {
    expect(outcome.lockedFolder).toEqual({
      read: expect.objectContaining(denied),
      list: expect.objectContaining(denied),
      unlocked: null,
    });
  });

  test("a folder of credentials that takes nothing leaves the former file", () => {
    const { write, kept } = outcome.fullFolder;
    expect(write?.message).toContain("cannot be written");
    expect(write?.message).not.toContain("CANARY");
    expect(kept).toEqual(["a"]);
  });
});
