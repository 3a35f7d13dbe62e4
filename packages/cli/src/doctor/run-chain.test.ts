import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { broken, type Check, ok, warning } from "./check.js";
import type { CheckId } from "./check-table.js";
import { type Ledger, runChain } from "./run-chain.js";

const signal = new AbortController().signal;

function check(id: CheckId, run: Check["run"], needs: readonly string[] = []): Check {
  return { id, machine: "host", needs, run };
}

async function statuses(checks: readonly Check[]): Promise<readonly (readonly [string, string, string])[]> {
  const results = await runChain({ checks }, { ledger: new Map(), fixes: false, signal });
  return results.map(({ id, status, summary }) => [id, status, summary] as const);
}

test("what needs a broken link is not looked at, and names the first one that is broken", async () => {
  const never = (): never => {
    throw new Error("must not run");
  };
  expect(
    await statuses([
      check("node", () => ok("fine")),
      check("home", () => broken("gone", { code: "usage" }), ["node"]),
      check("config", never, ["home"]),
      check("orphans", never, ["config"]),
      check("terminal", () => warning("odd", {}), ["node"]),
      check("credentials", () => ok("fine"), ["terminal"]),
    ]),
  ).toEqual([
    ["node", "ok", "fine"],
    ["home", "failed", "gone"],
    ["config", "skipped", "not possible: home"],
    ["orphans", "skipped", "not possible: home"],
    ["terminal", "warning", "odd"],
    ["credentials", "ok", "fine"],
  ]);
});

test("links of another chain count too", async () => {
  const ledger: Ledger = new Map();
  const options = { ledger, fixes: false, signal };
  const dead = [check("executor-port", () => broken("dead", { code: "unavailable" }))];
  await runChain({ executor: "far", checks: dead }, options);
  const needing = [check("server-spawn", () => ok("fine"), ["executor far: executor-port"])];
  expect(await runChain({ executor: "far", server: "files", checks: needing }, options)).toMatchObject([
    {
      id: "server-spawn",
      status: "skipped",
      server: "files",
      details: { because: "executor far: executor-port" },
    },
  ]);
});

test("a check that throws has failed, with the code and the reason of what it threw", async () => {
  const results = await runChain(
    {
      checks: [
        check("config", () => {
          throw new FairleadError("usage", "It is wrong", {
            reason: "config_invalid",
            details: { file: "x" },
          });
        }),
        check("orphans", () => {
          throw new TypeError("x is undefined");
        }),
      ],
    },
    { ledger: new Map(), fixes: false, signal },
  );
  expect(results).toMatchObject([
    {
      status: "failed",
      code: "usage",
      summary: "It is wrong",
      details: { reason: "config_invalid", file: "x" },
    },
    { status: "failed", code: "internal" },
  ]);
});

test("what can be mended is mended only where that is wished, and looked at again", async () => {
  for (const fixes of [false, true]) {
    let isOpen = true;
    const fix = async (): Promise<string> => {
      isOpen = false;
      return "closed it";
    };
    const run = (): ReturnType<Check["run"]> =>
      isOpen ? broken("open", { code: "usage", fix }) : ok("closed");
    const [result] = await runChain({ checks: [check("home", run)] }, { ledger: new Map(), fixes, signal });
    expect(result).toMatchObject(
      fixes ? { status: "ok", fixed: "closed it" } : { status: "failed", summary: "open" },
    );
    expect(isOpen).toBe(!fixes);
  }
});

test("an interruption ends it", async () => {
  const aborted = AbortSignal.abort(new FairleadError("canceled", "Interrupted by SIGINT"));
  const run = runChain(
    { checks: [check("node", () => ok("fine"))] },
    { ledger: new Map(), fixes: false, signal: aborted },
  );
  await expect(run).rejects.toThrow("Interrupted by SIGINT");
});

test("a check that hangs is not waited for once somebody interrupts", async () => {
  const interrupt = new AbortController();
  const why = new FairleadError("canceled", "Interrupted by SIGINT");
  const hanging = check("run-folder", () => {
    // While it hangs, and not before.
    queueMicrotask(() => interrupt.abort(why));
    return new Promise(() => {});
  });
  const chain = { checks: [hanging, check("orphans", () => ok("never looked at"))] };
  const ledger: Ledger = new Map();
  await expect(runChain(chain, { ledger, fixes: false, signal: interrupt.signal })).rejects.toBe(why);
  expect(ledger.size).toBe(0);
});
