import { FairleadError } from "@fairlead/core";
import { type Startable, throughShellIfRaw } from "./raw-start.js";
import { toWindowsCommand, windowsExtension } from "./windows-command-line.js";

/** What the system is asked to start. */
export interface StartCommand extends Startable {
  /** Whether the arguments are to be joined by spaces just as they are; only on Windows. */
  readonly verbatimArguments: boolean;
}

/**
 * Says how a program that was found is started: by itself, or, where the system or Node cannot do that, by one that can.
 * @param own the environment of this machine
 * @throws FairleadError as {@link toWindowsCommand} and {@link throughShellIfRaw} do; `usage`, reason `argument_invalid`, for a
 * batch file in a folder of the network, where cmd.exe would silently run it in that of Windows
 */
export function toStartCommand(
  { cwd, ...start }: Startable & { readonly cwd: string },
  own: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): StartCommand {
  if (platform !== "win32") return { ...throughShellIfRaw(start), verbatimArguments: false };
  if (/^\.(?:cmd|bat)$/.test(windowsExtension(start.program)) && /^[\\/]{2}/.test(cwd)) {
    throw foreignFolder(start.program, cwd);
  }
  const { program, args, isVerbatim } = toWindowsCommand(start.program, start.args, own);
  return { program, args, env: start.env, verbatimArguments: isVerbatim };
}

function foreignFolder(program: string, cwd: string): FairleadError {
  return new FairleadError(
    "usage",
    `${program} is a batch file, which cmd.exe cannot run in ${cwd}. Give that folder a drive letter and use it, or start the program behind the batch file`,
    { reason: "argument_invalid", effect: "none", details: { program, cwd } },
  );
}
