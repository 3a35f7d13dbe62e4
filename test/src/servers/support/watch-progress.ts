import type { Client } from "@modelcontextprotocol/sdk/client/index.js";

/** Progress as it reached a client. Disposing it stops watching. */
export interface WatchedProgress extends Disposable {
  readonly steps: readonly unknown[];
}

/**
 * Watches the progress that comes to the transport of a client of SDK v1, which itself loses what it reads together with the
 * answer: it handles that first.
 */
export function watchProgress({ transport }: Client): WatchedProgress {
  const handle = transport?.onmessage;
  if (transport === undefined || handle === undefined) throw new Error("The client is not connected");
  const steps: unknown[] = [];
  const onmessage: typeof handle = (message, extra) => {
    if ("method" in message && message.method === "notifications/progress") {
      steps.push(message.params?.["progress"]);
    }
    handle(message, extra);
  };
  Object.assign(transport, { onmessage });
  return { steps, [Symbol.dispose]: () => void Object.assign(transport, { onmessage: handle }) };
}

/** Whether a client of SDK v1 complains of progress that it has read together with the answer. */
export function isLateProgress({ message }: Error): boolean {
  return /progress notification for an unknown token/.test(message);
}
