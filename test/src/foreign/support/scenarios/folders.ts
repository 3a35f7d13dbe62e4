import { fixtureServerPath } from "@fairlead/testkit";
import { expect } from "vitest";
import { callText, toolNames, withAgent } from "../agent-calls.js";
import type { Scenario } from "./scenario.js";

/** Folders that servers start in. */
export const folderScenarios: readonly Scenario[] = [
  {
    does: "starts a server in exactly C:\\Users\\openai\\share or /srv/work, whatever the host is, lists it and calls it",
    limits: ["W8"],
    run: async (column, skip) => {
      const folder = await column.provideFolder(
        column.convention === "windows" ? "C:\\Users\\openai\\share" : "/srv/work",
      );
      if ("missing" in folder) return skip(folder.missing);
      await using place = folder;
      const cwd = place.spelled;
      await column.configure({ work: { ...column.node(fixtureServerPath), cwd } });
      await withAgent(column, async (agent) => {
        expect(await toolNames(agent)).toContain("work__cwd");
        expect(await callText(agent, "work__cwd")).toBe(cwd);
      });
    },
  },
  {
    does: "refuses a folder and a program of the other kind of machine, and says whose they would be and what to set",
    run: async (column) => {
      const isWindows = column.convention === "windows";
      const kind = isWindows ? "POSIX" : "Windows";
      const cwd = isWindows ? "/srv/work" : "C:\\Users\\openai\\share";
      const command = isWindows ? "/usr/bin/node" : "C:\\nodejs\\node.exe";
      await column.configure({ lost: { ...column.node(fixtureServerPath), cwd }, absent: { command } });
      const [lost, absent] = await Promise.all([
        column.fairlead(["call", "lost", "echo", '{"text": "never"}']),
        column.fairlead(["call", "absent", "echo", '{"text": "never"}']),
      ]);
      const whose = column.line === undefined ? "this machine" : `the executor ${column.executor}`;
      expect(lost.stderr).toContain(`Server lost, which runs on ${whose}: cwd cannot be used`);
      expect(lost.stderr).toContain(`The path "${cwd}" is a ${kind} path`);
      expect(lost.stderr).toContain(`Choose the executor on the ${kind} machine that has it`);
      expect(lost.code).toBe(2);
      expect(absent.stderr).toContain(`The program ${command} was not found`);
      expect(absent.stderr).toContain(`That is a ${kind} path`);
      expect(absent.stderr).toContain(`choose the executor on the ${kind} machine that has it`);
      expect(absent.code).toBe(5);
    },
  },
];
