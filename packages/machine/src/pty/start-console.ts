import { findConsoleAgent } from "./console-agent.js";

/** What of the library's native half starts a program in a console that is there already. */
export interface ConsoleStarter {
  connect: (...request: readonly unknown[]) => { readonly pid: number };
}

/** What is used of a console here. */
interface MadeConsole {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** How Node calls what Windows says of a program that it does not start. */
const errnos: ReadonlyMap<string, string> = new Map([
  ["2", "ENOENT"],
  ["3", "ENOENT"],
  ["5", "EPERM"],
  // It is open elsewhere.
  ["32", "EBUSY"],
  // It is no program, or none for this machine.
  ["11", "ENOEXEC"],
  ["193", "ENOEXEC"],
  ["216", "ENOEXEC"],
  // It wants to be an administrator's, or a policy forbids it.
  ["740", "EACCES"],
  ["1260", "EACCES"],
]);

/**
 * Has the library make a console with a program in it. Where Windows refuses the program, the library throws amid that, and leaves
 * a thread that keeps this process from ending and pipes that nobody could get at; so it is told of the refusal only when it is
 * done, and the rest is let go of. The console itself stays until this process ends: the library could close it only together
 * with a program.
 * @throws Error with a `code` where the program was refused, else what the library throws
 */
export function startConsole<Console extends MadeConsole>(
  starter: ConsoleStarter,
  make: () => Console,
): Console {
  const { connect } = starter;
  const refusals: unknown[] = [];
  starter.connect = (...request) => {
    try {
      return connect.call(starter, ...request);
    } catch (cause) {
      refusals.push(cause);
      return { pid: 0 };
    }
  };
  let made: Console;
  try {
    made = make();
  } finally {
    starter.connect = connect;
  }
  if (refusals.length === 0) return made;
  // Where nobody listens twice, the library throws a broken pipe at the whole process.
  for (const listener of [() => {}, () => {}]) made.on("error", listener);
  findConsoleAgent(made)?.abandon();
  throw toSystemError(refusals[0]);
}

function toSystemError(cause: unknown): unknown {
  const number = cause instanceof Error ? /error code: (\d+)/.exec(cause.message)?.[1] : undefined;
  if (number === undefined) return cause;
  // Not `UNKNOWN`: what that name may stand for is tried again, and each attempt leaves a console behind.
  const code = errnos.get(number) ?? `Windows error ${number}`;
  return Object.assign(new Error(`Windows refused it with ${number}`, { cause }), { code });
}
