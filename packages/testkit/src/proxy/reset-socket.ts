import type { Socket } from "node:net";

/** Ends a socket with a reset where it can send one; unix sockets and those still connecting are just closed. */
export function resetSocket(socket: Socket): void {
  const canReset = !socket.connecting && socket.remotePort !== undefined;
  if (canReset) socket.resetAndDestroy();
  else socket.destroy();
}
