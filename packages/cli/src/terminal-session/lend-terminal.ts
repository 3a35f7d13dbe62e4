import { hastyStopTimes, type LaunchedProcess } from "@fairlead/core";
import { createEscapeKeys } from "./escape-keys.js";
import { forwardInput } from "./forward-input.js";
import { createLatestOnly } from "./latest-only.js";
import type { OwnTerminal } from "./own-terminal.js";
import { signalOf } from "./signal-of.js";

/** Our terminal in the hands of a program. Disposing it takes the terminal back, as it was. */
export interface LentTerminal extends Disposable {
  /** Settles when output is passed as it is; to be waited for before anything is shown, and before the end. */
  readonly ready: Promise<void>;
  /** The signal on which the person or the system wanted us to end, if one did. */
  leaving(): NodeJS.Signals | undefined;
}

/**
 * Lends this process's terminal to a program: keys, output sizes and, by raw mode, Ctrl-C are the program's. SIGINT, SIGTERM
 * and SIGHUP sent to us, and the escape keys, give the terminal back at once and then end the program.
 * @param interrupt aborted by SIGINT and SIGTERM
 */
export function lendTerminal(child: LaunchedProcess, own: OwnTerminal, interrupt: AbortSignal): LentTerminal {
  let leaving: NodeJS.Signals | undefined;
  const raw = own.enterRawMode();
  // The program may have gone meanwhile, which everything else tells.
  const sendSize = createLatestOnly(() => child.resize(own.size().columns, own.size().rows).catch(() => {}));
  const endResizing = own.onResize(sendSize);
  const leave = (name: NodeJS.Signals): void => {
    if (leaving !== undefined) return;
    leaving = name;
    void raw.ready.then(() => raw.leave());
    void child.stop(hastyStopTimes).catch(() => {});
  };
  const onInterrupt = (): void => leave(signalOf(interrupt));
  const onHangUp = (): void => leave("SIGHUP");
  interrupt.addEventListener("abort", onInterrupt, { once: true });
  process.on("SIGHUP", onHangUp);
  const filter = process.stdin.isTTY ? createEscapeKeys(() => leave("SIGTERM")) : undefined;
  const endInput = forwardInput(process.stdin, child, { filter });
  if (interrupt.aborted) onInterrupt();
  return {
    ready: raw.ready,
    leaving: () => leaving,
    [Symbol.dispose]: () => {
      raw.leave();
      endInput();
      endResizing();
      interrupt.removeEventListener("abort", onInterrupt);
      process.off("SIGHUP", onHangUp);
    },
  };
}
