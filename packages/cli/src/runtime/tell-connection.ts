import type { SessionState } from "@fairlead/link";

/** Shorter breaks cost a person nothing and are not worth a line. */
const quietMs = 1_000;

/**
 * Makes a listener that tells a person when the connection to an executor is broken for longer than a second, and when it
 * is back.
 */
export function tellConnection(name: string, tell: (line: string) => void): (state: SessionState) => void {
  let waiting: NodeJS.Timeout | undefined;
  let told = false;
  return (state) => {
    clearTimeout(waiting);
    if (state.state === "recovering") {
      waiting = setTimeout(() => {
        told = true;
        tell(`fairlead: the connection to executor ${name} broke; trying to get it back`);
      }, quietMs).unref();
    } else if (told && state.state === "connected") {
      told = false;
      tell(`fairlead: executor ${name} is back`);
    }
  };
}
