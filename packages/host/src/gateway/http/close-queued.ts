import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const queuedOn = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Closes the response of a pipelined request with its connection. It has none of its own until those before it are written,
 * and Node tells it of no end until then.
 */
export function closeQueued({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.socket !== null) return;
  const queued = queuedOn.get(socket) ?? watch(socket);
  queued.add(response);
  response.once("socket", () => queued.delete(response));
}

function watch(socket: Socket): Set<ServerResponse> {
  const queued = new Set<ServerResponse>();
  queuedOn.set(socket, queued);
  socket.once("close", () => {
    for (const response of queued) {
      response.destroy();
      response.emit("close");
    }
  });
  return queued;
}
