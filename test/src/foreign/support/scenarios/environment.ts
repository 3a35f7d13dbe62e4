import { fixtureServerPath, type RawClient } from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import { callTool, withAgent } from "../agent-calls.js";
import type { Scenario } from "./scenario.js";

/** What servers find in their environment. */
export const environmentScenarios: readonly Scenario[] = [
  {
    does: "gives a server what is set, what the host has and what its machine has, and nothing else",
    run: async (column) => {
      const isRemote = column.line !== undefined;
      const fromThere = isRemote ? [{ name: "FROM_THERE", source: "executor" }] : [];
      await column.configure({
        env: {
          ...column.node(fixtureServerPath),
          env: { LITERAL: "as it stands: 100% & ^more^" },
          env_vars: ["FROM_HOST", ...fromThere],
        },
      });
      const host = { FROM_HOST: "the value here", FROM_THERE: "of the wrong machine", SECRET: "nobody's" };
      const act = async (agent: RawClient): Promise<void> => {
        const valueOf = async (name: string): Promise<unknown> => {
          const { structuredContent } = await callTool(agent, "env__env", { name });
          return (structuredContent as { value: unknown }).value;
        };
        expect(await valueOf("LITERAL")).toBe("as it stands: 100% & ^more^");
        expect(await valueOf("FROM_HOST")).toBe("the value here");
        expect(await valueOf("SECRET")).toBeNull();
        expect(await valueOf("FROM_THERE")).toBe(isRemote ? "the value there" : null);
        if (column.convention === "posix") return;
        // Names are the same there whatever their case, and the host's folders mean nothing.
        expect(await valueOf("path")).toContain("system32");
        expect(await valueOf("Path")).not.toContain("/usr/bin");
      };
      await withAgent(column, act, { env: host });
    },
  },
  {
    does: "gives a program each variable under one name, as its machine writes it",
    run: async (column) => {
      const isWindows = column.convention === "windows";
      await column.configure({});
      // Node's process.env ignores the case of names on Windows; cmd.exe shows the block as it is.
      const show = isWindows ? ["cmd.exe", "/d", "/c", "set"] : ["/usr/bin/env"];
      const path = column.pathWith(isWindows ? "C:\\mine" : "/mine");
      const where = ["run", "--executor", column.executor];
      const set = ["-e", `Path=${path}`, "-e", "Mixed_Case=1"];
      const [plain, changed] = await Promise.all([
        column.fairlead([...where, "--", ...show]).then(blockOf),
        column.fairlead([...where, ...set, "--", ...show]).then(blockOf),
      ]);
      expect(paths(plain).map(([name]) => name)).toEqual(["PATH"]);
      expect(changed).toContainEqual(["Mixed_Case", "1"]);
      if (isWindows) {
        expect(paths(changed)).toEqual([["PATH", path]]);
        // As Windows itself spells them: programs in other languages compare with case.
        const names = plain.map(([name]) => name);
        expect(names).toEqual(expect.arrayContaining(["SystemRoot", "ComSpec", "windir", "PATHEXT"]));
        expect(new Set(names.map((name) => name?.toLowerCase())).size).toBe(names.length);
      } else {
        // Two names are two variables there.
        expect(paths(changed)).toEqual(expect.arrayContaining([...paths(plain), ["Path", path]]));
        expect(paths(changed)).toHaveLength(2);
      }
    },
  },
];

type Block = readonly (readonly string[])[];

function paths(block: Block): Block {
  return block.filter(([name]) => /^path$/i.test(name ?? ""));
}

/** Names and values as `set` and `env` print them. */
function blockOf(printed: Parameters<typeof outputOf>[0]): Block {
  const lines = outputOf(printed).split(/\r?\n/);
  return lines.filter((line) => line.includes("=")).map((line) => line.split(/=(.*)/s).slice(0, 2));
}
