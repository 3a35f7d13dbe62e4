import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "./command-line.js";
import { groupOf } from "./commands/command-groups.js";
import { createTerminal } from "./output/terminal.js";
import { textWidth } from "./output/text-width.js";
import { firstExample, pathOf } from "./usage-error.js";

// What every command must have, also one that is added tomorrow.
const program = await createProgram(createTerminal(process.stdout, process.stderr));

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

const columns = 80;

describe("the help", () => {
  const lines = program.helpInformation().split("\n");

  test.each(program.commands.map((command) => [command.name()]))("has one line for %s, under a heading", (name) => {
    const found = lines.filter((line) => line.startsWith(`  ${name} `));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^  ${name} +\\S.{5,}`));
    expect(groupOf(name)).not.toBe("More:");
  });

  test(`is no wider than ${columns} columns, and nothing in it is wrapped`, () => {
    expect(lines.filter((line) => textWidth(line) > columns)).toEqual([]);
    expect(lines.filter((line) => /^ {6,}\S/.test(line))).toEqual([]);
  });
});

describe.each(leavesOf(program).map((command) => [pathOf(command), command] as const))("%s", (path, command) => {
  test("has an example that begins as it is typed, --json, and words for each argument", () => {
    // An example of serve stands in an agent's configuration, and those of completion name their shells.
    const example = firstExample(command) ?? "";
    expect(example).toContain(path === "fairlead serve" ? "serve" : path);
    expect(command.options.map(({ long }) => long)).toContain(path === "fairlead serve" ? "--http" : "--json");
    for (const { description } of command.registeredArguments) expect(description).not.toBe("");
  });

  test(`fits ${columns} columns`, () => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help.split("\n").filter((line) => textWidth(line) > columns)).toEqual([]);
  });
});
