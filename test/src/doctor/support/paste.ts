import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { binaryCommand, type CommandResult, runCommand } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

/** What bash made of lines that were pasted into it. */
export interface Pasted {
  readonly result: CommandResult;
  /** Every command that it ran, as the programs saw it. */
  readonly ran: readonly (readonly string[])[];
}

/** Everything that a remedy may call by its name; each only notes down how it was called. */
const programs = "fairlead fairlead-executor npm npx node chmod mkdir scp ssh cat sudo getent curl".split(
  " ",
);

const endOfWord = "\u001f";
const endOfCommand = "\u001e";

/** Pastes lines into a bash that knows only programs which note down how they are called. */
export async function pasteIntoBash(
  scene: Scene,
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Pasted> {
  const folder = scene.folder.file("stubs");
  const log = scene.folder.file("stubs.log");
  await mkdir(folder, { recursive: true });
  const note = `#!/bin/sh\nprintf '%s${endOfWord}' "\${0##*/}" "$@" >> "$STUB_LOG"\nprintf '${endOfCommand}' >> "$STUB_LOG"\n`;
  for (const name of programs) {
    await scene.folder.write(join("stubs", name), note);
    await chmod(join(folder, name), 0o700);
  }
  await rm(log, { force: true });
  const cwd = scene.folder.file("pasted");
  await mkdir(cwd, { recursive: true });
  const result = await runCommand(["/bin/bash", "--norc", "-u", "-c", text], {
    env: { PATH: folder, HOME: scene.folder.file("user"), STUB_LOG: log, ...env },
    cwd,
  });
  const noted = await readFile(log, "utf8").catch(() => "");
  const ran = noted
    .split(endOfCommand)
    .slice(0, -1)
    .map((command) => command.split(endOfWord).slice(0, -1));
  return { result, ran };
}

/** What bash says of lines without running them; empty: it understands them. */
export async function bashComplaint(text: string): Promise<string> {
  const { code, stderr } = await runCommand(["/bin/bash", "-n"], { input: text });
  return code === 0 ? "" : stderr;
}

/** Flags in a call of a command of ours that its own help does not name. */
export async function unknownFlags(scene: Scene, argv: readonly string[]): Promise<readonly string[]> {
  const [program = "", ...rest] = argv;
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  const words = own.slice(0, own[0] === "executor" ? 2 : 1);
  const help = await helpOf(scene, program, words);
  return own.filter((word) => word.startsWith("-") && !new RegExp(`[\\s,]${word}[\\s,]`).test(help));
}

const helps = new Map<string, Promise<string>>();

function helpOf(scene: Scene, program: string, words: readonly string[]): Promise<string> {
  const key = [program, ...words].join(" ");
  const known = helps.get(key) ?? askForHelp(scene, program, words);
  helps.set(key, known);
  return known;
}

async function askForHelp(scene: Scene, program: string, words: readonly string[]): Promise<string> {
  const argv = [...binaryCommand(program), ...words, "--help"];
  const { code, stdout, stderr } = await runCommand(argv, { env: { ...scene.env } });
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} --help: ${stderr}`);
  return stdout;
}
