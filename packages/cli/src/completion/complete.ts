import { createProgram } from "../command-line.js";
import { createTerminal } from "../output/terminal.js";
import { completeWords } from "./complete-words.js";
import { formatCompletion, readShellWords, type ShellName, shellNames } from "./shells.js";

/**
 * What the scripts of shells ask at every key: prints how a command line could go on. A failure prints nothing, because it
 * would land in the middle of somebody's line.
 * @param argv the shell, and the words without the program's own name
 */
export async function complete([shellName, ...words]: readonly string[]): Promise<void> {
  const shell = shellNames.find((name) => name === shellName);
  if (shell === undefined) return;
  try {
    process.stdout.write(await answer(shell, words));
  } catch {
    // Somebody is typing: the command itself will say what is wrong.
    process.exitCode = 1;
  }
}

async function answer(shell: ShellName, words: readonly string[]): Promise<string> {
  const { before, current, cut } = readShellWords(shell, words);
  const program = createProgram(createTerminal(process.stdout, process.stderr));
  const completion = await completeWords(program, {
    before,
    current,
    // Most of what is completed needs no names, and then nothing that finds them.
    names: async (flags) => (await import("./names-of-here.js")).namesOfHere(flags),
  });
  return formatCompletion(shell, completion, cut);
}
