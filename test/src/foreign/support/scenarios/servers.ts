import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createMarker, fixtureServerPath, processesWithMarker, waitUntilGone } from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import { callText, goneWithinMs, withAgent } from "../agent-calls.js";
import { awkwardName, fixture, inFolder, writeWrapper } from "../places.js";
import type { Scenario } from "./scenario.js";

/** How servers are found and started. */
export const serverScenarios: readonly Scenario[] = [
  {
    does: "runs server-everything in a folder of a user: its tools, and a call",
    run: async (column) => {
      const { spelled: cwd } = await column.userFolder("share");
      const everything = column.node(
        column.packageScript("@modelcontextprotocol/server-everything"),
        "stdio",
      );
      await column.configure({ ev: { ...everything, cwd } });
      expect(outputOf(await column.fairlead(["tools", "ev"]))).toContain("get-sum");
      const sum = await column.fairlead(["call", "ev", "get-sum", '{"a": 19, "b": 23}']);
      expect(outputOf(sum)).toContain("The sum of 19 and 23 is 42.");
    },
  },
  {
    does: "runs server-filesystem in a folder with spaces, umlauts and signs",
    run: async (column) => {
      const place = await column.userFolder(awkwardName);
      const files = column.node(column.packageScript("@modelcontextprotocol/server-filesystem"), ".");
      await column.configure({ files: { ...files, cwd: place.spelled } });
      const path = inFolder(column, place, "Größe.txt").spelled;
      const content = "zwölf Boxkämpfer\n";
      outputOf(await column.fairlead(["call", "files", "write_file", JSON.stringify({ path, content })]));
      expect(await readFile(join(place.seen, "Größe.txt"), "utf8")).toBe(content);
      const read = await column.fairlead(["call", "files", "read_text_file", JSON.stringify({ path })]);
      expect(outputOf(read)).toContain("zwölf Boxkämpfer");
    },
  },
  {
    does: "starts a server through a wrapper script that is named without its extension",
    limits: ["W6", "W7"],
    run: async (column) => {
      const bin = await column.userFolder("wrappers");
      const { command, args = [] } = column.node(fixtureServerPath);
      await writeWrapper(column, bin, { name: "hello-server", line: [command, ...args] });
      await column.configure({
        wrapped: { command: "hello-server", env: { PATH: column.pathWith(bin.spelled) } },
      });
      const said = await column.fairlead(["call", "wrapped", "echo", '{"text": "through a wrapper"}']);
      expect(outputOf(said)).toContain("through a wrapper");
    },
  },
  {
    does: "starts a server as npx does, in a process below a script, and ends both",
    limits: ["W7"],
    run: async (column) => {
      const bin = await column.userFolder("npx wrappers");
      const marker = createMarker();
      const { command, args = [] } = column.node(fixture("package-runner.mjs"));
      await writeWrapper(column, bin, { name: "npx", line: [command, ...args] });
      const [FIXTURE_SERVER] = column.node(fixtureServerPath).args ?? [];
      const env = { PATH: column.pathWith(bin.spelled), FIXTURE_SERVER };
      await column.configure({
        packaged: { command: "npx", args: ["-y", "hello-server", "--marker", marker], env },
      });
      await withAgent(column, async (agent) => {
        expect(await callText(agent, "packaged__echo", { text: "from a package" })).toBe("from a package");
        expect(processesWithMarker(marker)).not.toEqual([]);
      });
      await waitUntilGone(marker, { withinMs: goneWithinMs });
    },
  },
];
