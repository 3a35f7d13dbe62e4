import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { addServer, type StdioServerEntry } from "@fairlead/config";
import { type CommandResult, fixtureServerPath, runCommand } from "@fairlead/testkit";
import { createTestHome, type TestHome } from "../../servers/support/create-test-home.js";
import type { RowScene, TableRow } from "../table.js";
import { runInTerminal } from "./run-in-terminal.js";
import { screenOf } from "./screen.js";
import { type Names, stableJson, stableText } from "./stable-text.js";

/** The executor that every home knows as `devbox`. */
export interface TableExecutor {
  readonly url: string;
}

const columns = 80;
const secret = "do-not-show";

/** Runs one command in every mode, each in a home of its own, and tells what came of it as one text. */
export async function runRow(row: TableRow, executor: TableExecutor): Promise<string> {
  const { hasJson = true } = row;
  const runs = await Promise.all([
    ...(row.args === undefined
      ? [`(its success: ${row.elsewhere ?? "nowhere"})\n`]
      : [
          inPipe(row, executor, { isJson: false }),
          ...(hasJson ? [inPipe(row, executor, { isJson: true })] : []),
          onTerminal(row, executor),
        ]),
    failing(row, executor, { isJson: false }),
    failing(row, executor, { isJson: true }),
  ]);
  const told = runs.join("\n");
  if (told.includes(secret)) throw new Error(`A secret is shown by ${row.command}`);
  return told;
}

async function inPipe(
  row: TableRow,
  executor: TableExecutor,
  { isJson }: { readonly isJson: boolean },
): Promise<string> {
  await using home = await createHome(executor);
  const names = namesOf(home);
  const args = withJson(argsOf(row, row.args?.(sceneOf(home, executor)) ?? []), isJson);
  const { stdout, stderr, code } = await run(home, args, row.input);
  const data = isJson ? stableJson(stdout, names) : stableText(stdout, names);
  return section(`$ ${typed(args, names)} | cat`, [data, tagged(stableText(stderr, names)), exitLine(code)]);
}

async function onTerminal(row: TableRow, executor: TableExecutor): Promise<string> {
  await using home = await createHome(executor);
  const names = namesOf(home);
  const args = argsOf(row, row.args?.(sceneOf(home, executor)) ?? []);
  // Ctrl-D is the end of what is typed.
  const keys = row.input === undefined ? undefined : `${row.input}\u0004`;
  const { shown, code } = await runInTerminal(
    ["sh", "-c", 'cd "$0" && exec "$@"', home.folder.path, ...home.command(...args)],
    {
      env: home.env,
      columns,
      keys,
    },
  );
  const screen = stableText(screenOf(shown), names);
  const widths = screen.split("\n").map((line) => line.replaceAll(/<\d+>/g, "").length);
  const widest = Math.max(...widths);
  // Texts for people may be longer: terminals wrap them. A table that does is broken.
  const note = widest > columns ? [`(wraps: a line has ${widest} columns)\n`] : [];
  return section(`$ ${typed(args, names)}`, [screen, ...note, exitLine(code)]);
}

async function failing(
  row: TableRow,
  executor: TableExecutor,
  { isJson }: { readonly isJson: boolean },
): Promise<string> {
  await using home = await createHome(executor);
  const names = namesOf(home);
  const args = withJson(argsOf(row, row.fails.args), isJson);
  const { stdout, stderr, code } = await run(home, args, row.input);
  if (code !== row.fails.exit) {
    throw new Error(`${args.join(" ")} ended with ${code}, not ${row.fails.exit}: ${stdout}${stderr}`);
  }
  const told = isJson ? stableJson(stderr, names) : stableText(stderr, names);
  return section(`$ ${typed(args, names)}`, [stableText(stdout, names), tagged(told), exitLine(code)]);
}

/** Own flags stand before `--`. */
function withJson(args: readonly string[], isJson: boolean): readonly string[] {
  if (!isJson) return args;
  const at = args.indexOf("--");
  return at < 0 ? [...args, "--json"] : [...args.slice(0, at), "--json", ...args.slice(at)];
}

function argsOf({ command }: TableRow, args: readonly string[]): readonly string[] {
  return [...command.split(" "), ...args.map((arg) => arg.replace("<fixtures>", dirname(fixtureServerPath)))];
}

function run(home: TestHome, args: readonly string[], input: string | undefined): Promise<CommandResult> {
  return runCommand(home.command(...args), { env: home.env, cwd: home.folder.path, input });
}

/** A server that works, two of whose tools are called something else or nothing; one that is off, broken, or far away. */
async function createHome({ url }: TableExecutor): Promise<TestHome> {
  const fixture = { command: "node", args: ["stdio-server.mjs"], cwd: dirname(fixtureServerPath) };
  const fix: StdioServerEntry = {
    ...fixture,
    env: { SECRET: secret },
    enabled_tools: ["echo", "sleep", "image_scenario"],
    disabled_tools: ["sleep"],
    tools: { echo: { rename: "say", description: "Says what it is told" } },
  };
  const home = await createTestHome({
    servers: {
      fix,
      off: { ...fixture, args: ["stdio-server.mjs", "it's off"], enabled: false },
      broken: { command: "no-such-program" },
      far: { ...fixture, executor: "devbox", enabled: false },
    },
    executors: { devbox: { url }, spare: { url: "unix:///nowhere/executor.sock" } },
  });
  const text = await readFile(home.folder.file("config.toml"), "utf8");
  const web = { url: `http://127.0.0.1:9/mcp?token=${secret}`, http_headers: { "X-Key": secret } };
  await home.folder.write("config.toml", addServer(text, "web", web));
  await home.folder.write("notes.txt", "a note\n");
  return home;
}

function sceneOf(home: TestHome, { url }: TableExecutor): RowScene {
  return { executorUrl: url, home: home.folder.path };
}

function namesOf(home: TestHome): Names {
  return { [home.folder.path]: "<home>", [home.marker]: "<marker>" };
}

function typed(args: readonly string[], names: Names): string {
  return stableText(["fairlead", ...args].join(" "), names);
}

function section(title: string, parts: readonly string[]): string {
  return [`${title}\n`, ...parts].join("");
}

/** What is on stderr, marked so that it is not taken for data. */
function tagged(text: string): string {
  return text === "" ? "" : text.replaceAll(/^(?!$)/gm, "! ");
}

function exitLine(code: number | null): string {
  return `(exit ${code})\n`;
}
