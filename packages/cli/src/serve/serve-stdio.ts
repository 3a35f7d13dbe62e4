import { type FairleadError, hastyStopTimes, settlesWithinMs, toFairleadError } from "@fairlead/core";
import type { CommandContext } from "../commands/context.js";
import { openControlSocket } from "../control/control-server.js";
import type { Terminal } from "../output/terminal.js";
import { hintAtTerminal } from "../relay/terminal-hint.js";
import { controlMethods } from "./control-methods.js";
import type { Serving } from "./open-serving.js";

/**
 * Agents kill about two seconds after they closed our stdin. Servers that go when asked get this long; the ladders of
 * the others are finished by their executors, which get so long to take them over.
 */
const partingMs = 400;
const handOverMs = 300;
const renewalMs = 5_000;

/**
 * A byte pump between stdio and the host. Settles when the agent closed stdin, or by signal; what is left is to be left.
 * @returns why the agent was let go of, if it was; an event told it
 */
export async function serveStdio(
  serving: Serving,
  server: string | undefined,
  { context, terminal }: { readonly context: CommandContext; readonly terminal: Terminal },
): Promise<FairleadError | undefined> {
  const agent = serving.host.connectAgent({ cwd: context.cwd, server }, writeToStdout);
  const methods = controlMethods(serving, () => undefined);
  hintAtTerminal();
  // The agent need not wait for it.
  const control = openControlSocket({ home: context.home, methods }).catch(tellNoControl(terminal));
  const following = serving.follow();
  const evicted = await new Promise<FairleadError | undefined>((resolve) => {
    const leave = (): void => resolve(undefined);
    process.stdin.on("data", (chunk) => agent.push(chunk));
    process.stdin.on("end", leave).on("error", leave);
    context.signal.addEventListener("abort", leave, { once: true });
    void agent.broken.then(resolve);
  });
  following[Symbol.dispose]();
  const closingControl = control.then((socket) => socket?.close());
  await agent.end();
  const partings = Promise.all([agent.close(hastyStopTimes), serving.host.close(hastyStopTimes)]);
  await settlesWithinMs(partings, partingMs);
  // The answer to a renewal under way may be the only valid token that there is.
  await settlesWithinMs(Promise.resolve(context.tokens[Symbol.asyncDispose]()), renewalMs);
  const letGo = Promise.allSettled([
    closingControl,
    context.pool.close(hastyStopTimes),
    context.http.close(),
    context.eras.flushed(),
    serving.flushed(),
  ]);
  await settlesWithinMs(letGo, handOverMs);
  return evicted;
}

/** A host works without its control socket too; `list` then does not see it. */
export function tellNoControl(terminal: Terminal): (thrown: unknown) => undefined {
  return (thrown) => {
    terminal.tell(`fairlead: no control socket: ${toFairleadError(thrown).message}`);
    return undefined;
  };
}

function writeToStdout(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}
