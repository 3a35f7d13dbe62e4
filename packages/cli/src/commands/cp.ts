import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { formatBytes } from "../output/units.js";
import { type CopiedFile, copyFiles } from "../transfer/copy-files.js";
import { copyFromStdin, copyToStdout } from "../transfer/copy-streams.js";
import { parsePlace } from "../transfer/parse-place.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** What a shell sees of a program whose reader went away: 128 + SIGPIPE. */
const readerGoneExit = 141;

/** What was typed after `fairlead cp`. */
export interface CpInput {
  readonly source: string;
  readonly target: string;
  readonly flags: CommonFlags & { readonly recursive?: boolean; readonly force?: boolean };
}

/** `fairlead cp`: copies files to an executor, from one, or between two. */
export async function cpCommand(input: CpInput, terminal: Terminal): Promise<void> {
  const { source, target, flags } = input;
  if (source === "-" && target === "-") {
    throw new FairleadError("usage", "One of the two has to be a file: - is stdin and stdout", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  await using context = await openContext(flags, terminal);
  const copied = await copy(input, context, terminal);
  // What was copied stands on stdout already.
  if (target === "-") return;
  if (flags.json === true) {
    terminal.printJson(copied);
    return;
  }
  const [first] = copied.copied;
  const bytes = formatBytes(copied.copied.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  if (first !== undefined && !copied.isFolder)
    terminal.print(`Copied ${first.from} to ${first.to}, ${bytes}`);
  else terminal.print(`Copied ${copied.copied.length} files to ${copied.to}, ${bytes}`);
  for (const path of copied.skipped)
    terminal.tell(`fairlead: ${path} was left out: it is no file and no folder`);
}

async function copy(
  { source, target, flags }: CpInput,
  context: CommandContext,
  terminal: Terminal,
): Promise<{
  readonly to: string;
  readonly isFolder: boolean;
  readonly copied: readonly CopiedFile[];
  readonly skipped: readonly string[];
}> {
  const { signal } = context;
  if (target === "-") {
    const file = await copyToStdout(await parsePlace(source, context), process.stdout, signal);
    // The terminal has told of everything else.
    if (file.loss === "reader_gone") process.exitCode = readerGoneExit;
    return { isFolder: false, skipped: [], to: target, copied: [file] };
  }
  using progress = terminal.progress(`Copying ${source} to ${target}`);
  const options = { signal, isForced: flags.force === true, isRecursive: flags.recursive === true };
  const onBytes = (bytes: number): void =>
    progress.update(`Copying ${source} to ${target}: ${formatBytes(bytes)}`);
  if (source === "-") {
    const file = await copyFromStdin(process.stdin, await parsePlace(target, context), {
      ...options,
      onBytes,
    });
    return { isFolder: false, skipped: [], to: file.to, copied: [file] };
  }
  const from = await parsePlace(source, context);
  return await copyFiles(from, await parsePlace(target, context), { ...options, onBytes });
}
