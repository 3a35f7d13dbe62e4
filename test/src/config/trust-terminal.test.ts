import { hasPty } from "@fairlead/machine";
import { describe, expect, test } from "vitest";
import { serverProcesses } from "../lifetimes/support/server-processes.js";
import { createProjectScene, mcpServersText } from "./support/project.js";
import { openPersonsTerminal } from "./support/terminal.js";

const question = "Type yes or no:";

describe.skipIf(!(await hasPty()))("in a terminal", () => {
  test("a person sees what a file would start, and is asked once", async () => {
    await using scene = await createProjectScene();
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await using terminal = await openPersonsTerminal(scene, ["list"]);
    await terminal.shows(question);
    expect(terminal.shown().replaceAll("\n", "")).toContain(`server theirs runs: ${process.execPath}`);
    expect(serverProcesses(scene)).toEqual([]);
    await terminal.type("yes\n");
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
    expect(terminal.shown()).toContain("theirs  local");
    await using again = await openPersonsTerminal(scene, ["list"]);
    expect(await again.ended).toEqual({ code: 0, signal: null });
    expect(again.shown()).not.toContain(question);
  });

  test("no is remembered too, until the file changes", async () => {
    await using scene = await createProjectScene();
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await using terminal = await openPersonsTerminal(scene, ["list"]);
    await terminal.shows(question);
    await terminal.type("no\n");
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
    expect(terminal.shown()).toContain("No server is configured yet");
    await using again = await openPersonsTerminal(scene, ["list"]);
    await again.ended;
    expect(again.shown()).not.toContain(question);
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry(["--name", "x"]) }));
    await using later = await openPersonsTerminal(scene, ["list"]);
    await later.shows("has changed since you trusted it");
  });

  test("trust shows what a file would start and asks, also about one that was refused", async () => {
    await using scene = await createProjectScene();
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    for (const [answer, said] of [
      ["no\n", "To be asked again: fairlead trust"],
      ["\n", ".mcp.json is not trusted"],
      ["yes\n", ".mcp.json is trusted"],
    ] as const) {
      await using terminal = await openPersonsTerminal(scene, ["trust"]);
      await terminal.shows(question);
      expect(terminal.shown().replaceAll("\n", "")).toContain(`server theirs runs: ${process.execPath}`);
      await terminal.type(answer);
      expect(await terminal.ended).toEqual({ code: 0, signal: null });
      expect(terminal.shown().replaceAll("\n", "")).toContain(said);
    }
    await using again = await openPersonsTerminal(scene, ["trust"]);
    expect(await again.ended).toEqual({ code: 0, signal: null });
    expect(again.shown()).toContain("was trusted already");
  });

  test("Ctrl-C at the question ends the command and decides nothing", async () => {
    await using scene = await createProjectScene();
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await using terminal = await openPersonsTerminal(scene, ["list"]);
    await terminal.shows(question);
    await terminal.type("\u0003");
    expect(await terminal.ended).toEqual({ code: 130, signal: null });
    await using again = await openPersonsTerminal(scene, ["list"]);
    await again.shows(question);
  });

  test.each([[["list", "--json"]], [["config", "check"]], [["config", "explain", "max_name"]]])(
    "%j asks nothing",
    async (args) => {
      await using scene = await createProjectScene();
      await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
      await using terminal = await openPersonsTerminal(scene, args);
      expect(await terminal.ended).toEqual({ code: 0, signal: null });
      expect(terminal.shown()).not.toContain(question);
      expect(terminal.shown()).toContain("fairlead trust");
    },
  );

  test("serve asks nothing, because its input is an agent's", async () => {
    await using scene = await createProjectScene();
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await using terminal = await openPersonsTerminal(scene, ["serve"]);
    await terminal.shows("no server is configured yet");
    expect(terminal.shown()).not.toContain(question);
    await terminal.type("\u0004");
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
  });
});
