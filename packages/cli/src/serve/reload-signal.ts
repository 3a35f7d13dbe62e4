import { closeSync, constants, openSync } from "node:fs";
import { isatty } from "node:tty";

const stderr = 2;

/** The kernel sends the signal a moment before it takes the terminal away. */
const farewellMs = 50;

/**
 * Calls back at SIGHUP. Where this program's terminal has gone the signal tells just that, and ends the program as ever.
 * @returns stops doing so
 */
export function onReloadSignal(reload: () => void): Disposable {
  const hadTerminal = hasTerminal();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    process.off("SIGHUP", take);
    process.kill(process.pid, "SIGHUP");
  };
  const take = (): void => {
    if (!hadTerminal) reload();
    else
      timer ??= setTimeout(() => {
        timer = undefined;
        if (hasTerminal()) reload();
        else end();
      }, farewellMs);
  };
  // Windows has no signal that means this.
  if (process.platform !== "win32") process.on("SIGHUP", take);
  return {
    [Symbol.dispose]() {
      process.off("SIGHUP", take);
      clearTimeout(timer);
    },
  };
}

/** Whether people see what is told on stderr, in the terminal that this program belongs to. */
function hasTerminal(): boolean {
  if (!isatty(stderr)) return false;
  try {
    closeSync(openSync("/dev/tty", constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
