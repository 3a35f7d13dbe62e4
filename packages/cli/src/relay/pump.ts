import type { ControlConnection } from "../control/control-client.js";

/** Agents kill about two seconds after they closed our stdin. */
const partingMs = 1_200;

/** Exit code of a lost hub: what the agent's servers knew is gone with it, so nothing is started again behind its back. */
const hubLostExit = 4;

/** Why a hub lets go of an agent comes by another connection than its end, and may be read after it. */
const reasonMs = 250;

/**
 * Pumps bytes between stdio and a hub, and ends the process with either of them.
 * @param evicted what to exit with once the hub has let go of the agent and people were told why; undefined if it never does
 */
export function pump({ socket, rest }: ControlConnection, evicted: Promise<number | undefined>): void {
  let isLeaving = false;
  const leave = (): void => {
    if (isLeaving) process.exit(0);
    isLeaving = true;
    socket.end();
    setTimeout(() => process.exit(0), partingMs);
  };
  process.stdin.on("end", leave).on("error", leave);
  // What is said to people is no reason to end.
  process.stderr.on("error", () => {});
  // The agent is gone; nobody reads what is left.
  process.stdout.on("error", () => process.exit(0));
  process.on("SIGTERM", leave).on("SIGINT", leave);
  let isLost = false;
  const lost = async (): Promise<void> => {
    if (isLost) return;
    isLost = true;
    const silence = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), reasonMs);
    });
    if ((await Promise.race([evicted, silence])) !== undefined) return;
    process.stderr.write("fairlead: the hub that this agent was attached to is gone\n");
    exit(hubLostExit);
  };
  socket.on("close", () => (isLeaving ? exit(0) : void lost()));
  socket.on("end", () => {
    if (!isLeaving) void lost();
  });
  void evicted.then((code) => {
    if (code === undefined || isLeaving) return;
    exit(code);
    // An agent that is let go of for not reading may never read what was written before.
    setTimeout(() => process.exit(code), partingMs);
  });
  if (rest.length > 0) process.stdout.write(rest);
  socket.pipe(process.stdout, { end: false });
  process.stdin.pipe(socket, { end: false });
}

function exit(code: number): void {
  // Behind everything that was written before.
  process.stdout.write("", () => process.exit(code));
}
