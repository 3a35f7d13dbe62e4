import { fixtureServerPath } from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import { callText, withAgent } from "../agent-calls.js";
import type { Column } from "../column.js";
import type { Scenario } from "./scenario.js";

interface Listed {
  readonly servers: readonly { readonly live: readonly { readonly pid: number }[] }[];
}

interface Trees {
  readonly trees: readonly { readonly labels: Readonly<Record<string, string>>; readonly pid: number }[];
}

/** What other commands see of a host that is running. */
export const watchingScenarios: readonly Scenario[] = [
  {
    does: "shows in list, top, ps and logs what a running host does, and where",
    run: async (column) => {
      const { executor } = column;
      await column.configure({ seen: column.node(fixtureServerPath) });
      await withAgent(column, async (agent) => {
        await callText(agent, "seen__stderr", { text: "größte Mühe" });
        const [list, ps, top, logs] = await Promise.all([
          json<Listed>(column, "list"),
          json<Trees>(column, "ps"),
          column.fairlead(["top"]).then(outputOf),
          column.fairlead(["logs", "seen"]).then(outputOf),
        ]);
        const told = { name: "seen", state: "ready", executor, calls: { active: 0, total: 1, failed: 0 } };
        expect(list).toMatchObject({ servers: [{ name: "seen", executor, live: [told] }] });
        const host = list.servers[0]?.live[0]?.pid;
        const tree = ps.trees.find(({ labels }) => labels["hostPid"] === String(host));
        expect(tree).toMatchObject({
          executor,
          server: "seen",
          tree: expect.arrayContaining([
            expect.objectContaining({ pid: tree?.pid, memoryBytes: expect.any(Number) }),
          ]) as unknown,
        });
        const numbers = String.raw`${tree?.pid} +\S+ % +\S+ MiB +1 +1 +\d+ s`;
        expect(top).toMatch(new RegExp(`^seen +ready +${executor} +serve ${host} +${numbers}$`, "m"));
        expect(logs).toContain(`[${executor} ${host}] | größte Mühe\n`);
      });
      // A host that ended is not among them any more, and its log is still there.
      const after = await Promise.all([
        json<Listed>(column, "list"),
        column.fairlead(["logs", "seen"]).then(outputOf),
      ]);
      expect(after[0].servers[0]).not.toHaveProperty("live");
      expect(after[1]).toContain("| größte Mühe\n");
    },
  },
];

async function json<Printed>(column: Column, command: string): Promise<Printed> {
  return JSON.parse(outputOf(await column.fairlead([command, "--json"]))) as Printed;
}
