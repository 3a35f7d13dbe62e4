import { constants } from "node:os";
import { withUsersUmask } from "../hardening/users-umask.js";
import type { Child } from "../processes/child.js";
import type { SpawnRequest } from "../processes/spawn-child.js";
import { createExitMemory } from "./exit-memory.js";
import type { LoadedLibrary } from "./pty-library.js";
import { createTerminal } from "./terminal.js";
import type { TerminalSize } from "./terminal-size.js";

/**
 * Lets the library fork a child in a terminal. A program that cannot be run shows as one that ends with 1, and except on
 * macOS the child inherits the masters of the terminals that are open: the way where there is no better one.
 */
export function forkInTerminal(
  { program, args, cwd, env, enclose = (fork) => fork(), onSpawned }: SpawnRequest,
  { columns, rows }: TerminalSize,
  { library, helperPath }: LoadedLibrary,
): Child {
  const exit = createExitMemory();
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const ours = -1;
  const fork = (): ReturnType<typeof library.fork> =>
    library.fork(program, args, variables, cwd, columns, rows, ours, ours, true, helperPath, (code, signal) =>
      exit.ended(signal === 0 ? { code, signal: null } : { code: null, signal: nameOf(signal) }),
    );
  const { fd, pid } = enclose(() => withUsersUmask(fork));
  onSpawned?.({ pid, hasExited: () => exit.known() !== undefined });
  const terminal = createTerminal(fd, library, program);
  exit.listen(() => terminal.childEnded());
  return { ...terminal, pid, onExit: exit.listen };
}

/** Turns the number of a signal into its name, or into a name made of the number where it has none. */
function nameOf(signal: number): string {
  const known = Object.entries(constants.signals).find(([, value]) => value === signal);
  return known?.[0] ?? `SIG${signal}`;
}
