import { fixtureServerPath } from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import type { Scenario } from "./scenario.js";

/** Checks that measure time, which a busy machine may have less of than they allow. */
const timedChecks: ReadonlySet<string> = new Set(["executor-clock"]);

/** What a host learns of a machine. */
export const machineScenarios: readonly Scenario[] = [
  {
    does: "tells its machine",
    run: async (column) => {
      await column.configure({});
      const told = outputOf(await column.fairlead(["executor", "describe", column.executor, "--json"]));
      const { machine } = JSON.parse(told) as { machine: Record<string, unknown> };
      const windows = column.convention === "windows";
      expect(machine).toMatchObject({
        os: windows ? "windows" : "linux",
        pathConvention: column.convention,
        home: expect.stringMatching(windows ? /^C:\\users\\/i : /^\//) as string,
      });
    },
  },
  {
    does: "is well in the eyes of the doctor",
    limits: ["W9"],
    run: async (column) => {
      const { spelled: cwd } = await column.userFolder("share");
      await column.configure({ well: { ...column.node(fixtureServerPath), cwd } });
      const examined = await column.fairlead(["doctor", "well", "--json"]);
      const { checks } = JSON.parse(examined.stdout) as { checks: readonly { id: string; status: string }[] };
      const isFine = ({ id, status }: (typeof checks)[number]): boolean =>
        status === "ok" || (status === "warning" && timedChecks.has(id));
      expect(checks.filter((check) => !isFine(check))).toEqual([]);
      expect(examined.code).toBe(0);
    },
  },
];
