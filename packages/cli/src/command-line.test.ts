import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { toFairleadError } from "@fairlead/core";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "./command-line.js";
import { groupOf } from "./commands/command-groups.js";
import { withCommonFlags } from "./commands/flags.js";
import { createTerminal } from "./output/terminal.js";
import { textWidth } from "./output/text-width.js";
import { parseCommandLine, runProgram } from "./run-program.js";
import { examplesOf, firstExample, pathOf } from "./usage-error.js";

// What every command must have, also one that is added tomorrow.
const terminal = createTerminal(process.stdout, process.stderr);
const program = createProgram(terminal);

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

const columns = 80;

describe("the help", () => {
  const lines = program.helpInformation().split("\n");

  test.each(program.commands.map((command) => [command.name()]))(
    "has one line for %s, under a heading",
    (name) => {
      const found = lines.filter((line) => line.startsWith(`  ${name} `));
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(new RegExp(`^  ${name} +\\S.{5,}`));
      expect(groupOf(name)).not.toBe("More:");
    },
  );

  test(`is no wider than ${columns} columns, and nothing in it is wrapped`, () => {
    expect(lines.filter((line) => textWidth(line) > columns)).toEqual([]);
    expect(lines.filter((line) => /^ {6,}\S/.test(line))).toEqual([]);
  });
});

describe("docs/command-line.md", () => {
  const page = readFileSync(new URL("../../../docs/command-line.md", import.meta.url), "utf8");
  const cells = [...page.matchAll(/^\| (.+?) \|/gm)].map(([, cell = ""]) => cell);
  const codesOf = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

  test("has every command under the headings of --help, in its order", () => {
    const help = program.helpInformation();
    const commands = help.slice(help.indexOf("Servers:"), help.indexOf("More:"));
    const shown = [...commands.matchAll(/^(?: {2}([\w-]+) |(\w.*):$)/gm)].map(
      ([, name, group]) => name ?? group,
    );
    const table = cells.slice(cells.indexOf("**Servers**"), cells.indexOf("flag"));
    const listed = table.flatMap((cell) => (cell.startsWith("**") ? [cell.slice(2, -2)] : namesIn(cell)));
    expect(listed).toEqual(shown);
  });

  /** `config path`, `check` are one command with its subcommands. */
  function namesIn(cell: string): string[] {
    const codes = codesOf(cell);
    const [first = "", second] = codes[0]?.split(" ") ?? [];
    if (second === undefined) return codes;
    const { commands = [] } = program.commands.find((command) => command.name() === first) ?? {};
    const below = codes.map((code) => code.split(" ").at(-1));
    expect(below).toEqual(commands.map((command) => command.name()));
    return [first];
  }

  test("has every flag that all commands take", () => {
    const flags = withCommonFlags(new Command()).options.map(({ long }) => long);
    const listed = cells.flatMap(codesOf).map((code) => code.split(" ")[0]);
    expect(listed).toEqual(expect.arrayContaining(flags));
  });
});

/** What is said about a command line that cannot be used. */
async function refusal(argv: readonly string[]): Promise<unknown> {
  return parseCommandLine(createProgram(terminal), argv).catch((thrown: unknown) => thrown);
}

describe("a command line that cannot be used", () => {
  test.each([
    [["lst"], 'There is no command "lst". Did you mean list? More: fairlead --help'],
    [["xyzzy"], /^There is no command "xyzzy"; there are add, list, get, .* More: fairlead --help$/],
    [["executor"], /^executor needs one of add, list, remove, describe\. More: fairlead executor --help$/],
    [
      ["executor", "rm"],
      'executor has no command "rm"; it has add, list, remove, describe. More: fairlead executor --help',
    ],
    [["get"], "get needs <name>: a configured server. For example: fairlead get files --json"],
    [
      ["list", "--chekc"],
      "list has no option --chekc. Did you mean --check? For example: fairlead list --check",
    ],
    [["list", "x"], /^list: too many arguments.* For example: fairlead list --check$/],
    [
      ["run", "grep", "-r", "x"],
      /^run has no option -r\. If it is the program's, put -- before the program\. For example: fairlead run /,
    ],
    [
      ["add", "files", "npx", "--yes", "x"],
      /^add has no option --yes\. If it is the program's, put -- before the program\. For example: /,
    ],
    [
      ["run", "--executro", "x", "--", "ls"],
      /^run has no option --executro\. Did you mean --executor\? For /,
    ],
    [["run", "--executor"], /^run: option '--executor <name>' argument missing\. For example: /],
    [
      ["search", "--limit", "0", "x"],
      /^search: option '--limit <count>' argument '0' is invalid\. write a number/,
    ],
    [["add", "x", "--protocol", "2.0"], /Allowed choices are auto, legacy, modern\. For example: /],
    [["client", "install", "zed", "--scope", "team"], /Allowed choices are user, project\. For example: /],
    [["completion", "tcsh"], /Allowed choices are bash, zsh, fish, powershell\. For example: echo/],
  ])("%j", async (argv, message) => {
    const thrown = await refusal(argv);
    expect(thrown).toMatchObject({ code: "usage", reason: "argument_invalid" });
    const text = toFairleadError(thrown).message;
    expect([text, typeof message === "string" ? text === message : message.test(text)]).toEqual([text, true]);
  });
});

test.each([
  [["run"], 125],
  [["run", "--executro", "x", "--", "grep", "x", "f"], 125],
  [["run", "--env", "x", "--", "grep", "x", "f"], 125],
  [["get"], 2],
  [["rnu"], 2],
])(
  "a wrong command line is never taken for a failure of what was to run: %j ends with %i",
  async (argv, exit) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()] as unknown as [
      NodeJS.WriteStream,
      NodeJS.WriteStream,
    ];
    const quiet = createTerminal(stdout, stderr);
    await runProgram(createProgram(quiet), argv, quiet);
    expect(process.exitCode).toBe(exit);
    process.exitCode = undefined;
  },
);

describe.each(leavesOf(program).map((command) => [pathOf(command), command] as const))(
  "%s",
  (path, command) => {
    test("has an example, --json, and words for each argument", () => {
      expect(firstExample(command)).toContain(path);
      expect(command.options.map(({ long }) => long)).toContain("--json");
      for (const { description } of command.registeredArguments) expect(description).not.toBe("");
    });

    test("has examples that are nothing but command lines, so that they can be pasted", () => {
      expect(examplesOf(command).filter((line) => / {2,}|\s#/.test(line))).toEqual([]);
    });

    test("refuses a flag that it does not have, in one line", async () => {
      const words = path.split(" ").slice(1);
      expect(await refusal([...words, "--no-such-flag"])).toMatchObject({
        code: "usage",
        message: expect.stringMatching(
          new RegExp(`^${words.join(" ")} has no option --no-such-flag\\..* For example: \\S.*$`),
        ),
      });
    });

    test(`fits ${columns} columns`, () => {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect(help.split("\n").filter((line) => textWidth(line) > columns)).toEqual([]);
    });
  },
);
