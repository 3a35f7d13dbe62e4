import { methodNotFound } from "../connection/rpc-errors.js";
import type { ConnectionHandlers } from "../connection/types.js";

/** Handlers of a channel that is opened before it is known who will speak through it. */
export interface HandlerRelay {
  /** To open the channel with. */
  readonly handlers: ConnectionHandlers;
  /** Who is told from now on. */
  passTo(target: ConnectionHandlers): void;
}

/** Makes a relay. @param first who is told until {@link HandlerRelay.passTo} is called */
export function createHandlerRelay(first: ConnectionHandlers): HandlerRelay {
  let target = first;
  return {
    handlers: {
      onNotification: (message, related) => target.onNotification?.(message, related),
      onRequest: (message, context) =>
        target.onRequest?.(message, context) ?? Promise.resolve(methodNotFound(message.method)),
      onClosed: (info) => target.onClosed?.(info),
      onStderr: (line) => target.onStderr?.(line),
      onWarning: (text) => target.onWarning?.(text),
    },
    passTo: (next) => {
      target = next;
    },
  };
}
