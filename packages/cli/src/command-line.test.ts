import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "./command-line.js";
import { groupOf } from "./commands/command-groups.js";
import { createTerminal } from "./output/terminal.js";
import { textWidth } from "./output/text-width.js";
import { parseCommandLine } from "./run-program.js";
import { firstExample, pathOf } from "./usage-error.js";

// What every command must have, also one that is added tomorrow.
const terminal = createTerminal(process.stdout, process.stderr);
const program = await createProgram(terminal);

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

/** What is said about a command line that cannot be used. */
async function refusal(argv: readonly string[]): Promise<unknown> {
  return parseCommandLine(await createProgram(terminal), argv).catch((thrown: unknown) => thrown);
}

describe("a command line that cannot be used", () => {
  test.each([
    [["lst"], 'fairlead has no command "lst". Did you mean list? More: fairlead --help'],
    [["xyzzy"], /^fairlead has no command "xyzzy"; it has add, list, get, .* More: fairlead --help$/],
    [["executor"], /^fairlead executor needs one of add, list, remove, describe\. More: fairlead executor --help$/],
    [["executor", "rm"], 'fairlead executor has no command "rm"; it has add, list, remove, describe. More: fairlead executor --help'],
    [["get"], "fairlead get needs <name>: a configured server. For example: fairlead get files --json"],
    [["list", "--chekc"], "fairlead list has no option --chekc. Did you mean --check? For example: fairlead list --check"],
    [["list", "x"], /^fairlead list: too many arguments.* For example: fairlead list --check$/],
    [["run", "--executor"], /^fairlead run: option '--executor <name>' argument missing\. For example: /],
    [["search", "--limit", "0", "x"], /^fairlead search: option '--limit <count>' argument '0' is invalid\. write a number/],
    [["completion", "tcsh"], /Allowed choices are bash, zsh, fish, powershell\. For example: echo/],
  ])("%j", async (argv, message) => {
    const text = typeof message === "string" ? message : expect.stringMatching(message);
    expect(await refusal(argv)).toMatchObject({ code: "usage", reason: "argument_invalid", message: text });
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

  test("refuses a flag that it does not have, in one line", async () => {
    const words = path.split(" ").slice(1);
    expect(await refusal([...words, "--no-such-flag"])).toMatchObject({
      code: "usage",
      message: expect.stringMatching(new RegExp(`^${path} has no option --no-such-flag\\..* For example: \\S.*$`)),
    });
  });

  test(`fits ${columns} columns`, () => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help.split("\n").filter((line) => textWidth(line) > columns)).toEqual([]);
  });
});
