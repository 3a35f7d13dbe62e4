import { type Startable, throughShellIfRaw } from "./raw-start.js";
import { toWindowsCommand } from "./windows-command-line.js";

/** What the system is asked to start. */
export interface StartCommand extends Startable {
  /** Whether the arguments are to be joined by spaces just as they are; only on Windows. */
  readonly verbatimArguments: boolean;
}

/**
 * Says how a program that was found is started: by itself, or, where the system or Node cannot do that, by one that can.
 * @param own the environment of this machine
 * @throws FairleadError as {@link toWindowsCommand} and {@link throughShellIfRaw} do
 */
export function toStartCommand(
  start: Startable,
  own: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): StartCommand {
  if (platform !== "win32") return { ...throughShellIfRaw(start), verbatimArguments: false };
  const { program, args, isVerbatim } = toWindowsCommand(start.program, start.args, own);
  return { program, args, env: start.env, verbatimArguments: isVerbatim };
}
