import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { joinPathUri, toPathUri } from "@fairlead/core";
import { connectExecutor } from "@fairlead/link";
import { createMarker } from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import { callTool, withAgent } from "../agent-calls.js";
import { awkwardName, inFolder } from "../places.js";
import type { Scenario } from "./scenario.js";

/** Files of the machine where servers run. */
export const fileScenarios: readonly Scenario[] = [
  {
    does: "copies files there and back, by names with spaces and umlauts",
    limits: ["W8"],
    leftOut: { local: "N2", "local on Windows": "N2" },
    run: async (column) => {
      await column.configure({});
      const content = `ein Stück Text ${createMarker()}\n`;
      const source = await column.hostFile("notiz.txt", content);
      const place = await column.openFolder(awkwardName);
      const target = inFolder(column, place, "später gelesen.txt");
      const there = `${column.executor}:${target.spelled}`;
      outputOf(await column.fairlead(["cp", source, there, "--force"]));
      expect(await readFile(target.seen, "utf8")).toBe(content);
      expect(outputOf(await column.fairlead(["cp", there, "-"]))).toBe(content);
    },
  },
  {
    does: "gives an agent a devbox: writes, reads, lists and finds files by paths of that machine, and runs a command",
    run: async (column) => {
      const box = `devbox_${column.executor}`;
      await column.configure(
        {},
        { tables: { features: { devbox: true }, [`built_ins.${box}`]: { default_approval: "approve" } } },
      );
      const place = await column.openFolder(awkwardName);
      const file = inFolder(column, place, `Maße ${createMarker()}.txt`);
      const name = file.spelled.slice(place.spelled.length + 1);
      await withAgent(column, async (agent) => {
        const ask = async (tool: string, args: object): Promise<unknown> => {
          const { isError, content, structuredContent } = await callTool(agent, `${box}__${tool}`, args);
          if (isError === true) throw new Error(`${tool}: ${JSON.stringify(content)}`);
          return structuredContent;
        };
        await ask("write_file", { path: file.spelled, content: "zwölf\n" });
        expect(await readFile(file.seen, "utf8")).toBe("zwölf\n");
        expect(await ask("read_file", { path: file.spelled })).toMatchObject({ text: "zwölf\n" });
        const here = { path: place.spelled };
        expect(await ask("list_dir", here)).toMatchObject({ entries: containing({ name }) });
        const found = await ask("find_files", { query: name, ...here });
        expect(found).toMatchObject({ matches: containing({ path: name, kind: "file" }) });
        const { command } = column.node("");
        const ran = await ask("run_command", {
          command: [command, "-p", "process.cwd()"],
          cwd: place.spelled,
        });
        expect(ran).toMatchObject({
          exitCode: 0,
          output: `${place.spelled}
`,
        });
      });
    },
  },
  {
    does: "gives programs its files by path URIs: a file round, a range, a listing and a search",
    limits: ["W8"],
    leftOut: { local: "N2", "local on Windows": "N2", "Linux executor from a Windows host": "N3" },
    run: async (column) => {
      const place = await column.openFolder(awkwardName);
      const folder = toPathUri(place.spelled, column.convention);
      const name = `100% größer #${createMarker()}.txt`;
      const uri = joinPathUri(folder, name);
      await using session = await connectExecutor({
        url: `grpc://127.0.0.1:${column.line?.port}`,
        token: column.token,
        name: column.executor,
        clientName: "test",
        clientVersion: "0",
      });
      const { files } = session;
      const facts = await files.write(uri, Buffer.from("eins\nzwei\n"), { createOnly: true });
      expect(facts).toMatchObject({ kind: "file", sizeBytes: 10 });
      await expect(files.write(uri, Buffer.from("x"), { createOnly: true })).rejects.toMatchObject({
        reason: "file_exists",
      });
      expect(await readFile(join(place.seen, name), "utf8")).toBe("eins\nzwei\n");
      const range = await files.read(uri, { offsetBytes: 5, lengthBytes: 4 });
      expect(await new Response(range.body).text()).toBe("zwei");
      const { entries } = await files.list(folder);
      expect(entries.find((entry) => entry.name === name)).toMatchObject({ uri: facts.uri, kind: "file" });
      let found: readonly string[] = [];
      for await (const { matches } of files.search(folder, { query: "größer" }))
        found = matches.map(({ path }) => path);
      expect(found).toContain(name);
      const foreign = column.convention === "windows" ? "file:///srv/work" : "file:///C:/Users/openai/share";
      await expect(files.stat(foreign)).rejects.toMatchObject({ code: "usage", reason: "path_invalid" });
      await files.remove(uri);
      await expect(files.stat(uri)).rejects.toMatchObject({ code: "not_found" });
    },
  },
];

function containing(entry: object): unknown {
  return expect.arrayContaining([expect.objectContaining(entry)]);
}
