import type { ControlConnection } from "../control/control-client.js";

/** Agents kill about two seconds after they closed our stdin. */
const partingMs = 1_200;

/** Exit code of a lost hub: what the agent's servers knew is gone with it, so nothing is started again behind its back. */
const hubLostExit = 4;

/** Pumps bytes between stdio and a hub, and ends the process with either of them. */
export function pump({ socket, rest }: ControlConnection): void {
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
  socket.on("close", () => exit(isLeaving ? 0 : hubLostExit));
  socket.on("end", () => {
    if (!isLeaving) exit(hubLostExit);
  });
  if (rest.length > 0) process.stdout.write(rest);
  socket.pipe(process.stdout, { end: false });
  process.stdin.pipe(socket, { end: false });
}

function exit(code: number): void {
  if (code === hubLostExit)
    process.stderr.write("fairlead: the hub that this agent was attached to is gone\n");
  // Behind everything that was written before.
  process.stdout.write("", () => process.exit(code));
}
