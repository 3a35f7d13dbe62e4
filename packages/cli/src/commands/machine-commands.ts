import { type Command, InvalidArgumentError } from "commander";
import type { Terminal } from "../output/terminal.js";
import { withCommonFlags } from "./flags.js";

const cpHelp = `
NAME:PATH is a file on an executor. local:PATH, or a path alone, is a file on
this machine. - is stdin or stdout. On an executor, a relative path starts at
the user's home directory. An executor gives access only to that directory and
to the folder that it was started in.

Examples:
  fairlead cp notes.txt devbox:
  fairlead cp devbox:/srv/work/build.log .
  fairlead cp --recursive devbox:project/src ./src`;

const searchHelp = `
Best matches come first. The words are looked for anywhere in the path; what
.gitignore and .ignore leave out is left out here too.

Examples:
  fairlead search --executor devbox servertest
  fairlead search --executor devbox "config toml" /srv/work`;

/** Adds the commands that use a machine's files: cp, search. */
export function addMachineCommands(program: Command, terminal: Terminal): void {
  withCommonFlags(program.command("cp"))
    .summary("copy files to, from or between executors")
    .description("copy files to an executor, from one, or between two")
    .argument("<source>", "NAME:PATH on an executor, a path of this machine, or - for stdin")
    .argument("<target>", "the same, or - for stdout; a folder takes what is copied into it")
    .option("-r, --recursive", "copy folders with everything in them; links are left out")
    .option("-f, --force", "replace files that are there")
    .addHelpText("after", cpHelp)
    .action(async (source: string, target: string, flags) =>
      (await import("./cp.js")).cpCommand({ source, target, flags }, terminal),
    );

  withCommonFlags(program.command("search"))
    .summary("find files on an executor by parts of their path")
    .argument("<query>", "characters of the path, in their order; words apart by spaces must all be there")
    .argument("[folder]", "where to look, as that machine spells it (default: the folder it opens first)")
    .description("find files on an executor by parts of their path")
    .option("--executor <name>", "where to look (default: default_executor of the configuration)")
    .option("--limit <count>", "show so many at most", toCount, 20)
    .option("--include-ignored", "also what .gitignore and .ignore leave out")
    .addHelpText("after", searchHelp)
    .action(async (query: string, folder: string | undefined, flags) =>
      (await import("./search.js")).searchCommand({ query, folder, flags }, terminal),
    );
}

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000) return count;
  throw new InvalidArgumentError("write a number from 1 to 1000");
}
