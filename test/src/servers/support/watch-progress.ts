/** What a message is, as far as it is looked at. */
interface SeenMessage {
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** A client of either SDK, whose transports differ only in what else they can do. */
interface WatchedClient {
  readonly transport?: object | undefined;
}

/** Progress as it reached a client. Disposing it stops watching. */
export interface WatchedProgress extends Disposable {
  readonly steps: readonly unknown[];
}

/**
 * Watches the progress that comes to the transport of a client of an SDK, which itself loses what it reads together with the
 * answer: it handles that first.
 */
export function watchProgress({ transport }: WatchedClient): WatchedProgress {
  const { onmessage: handle } = (transport ?? {}) as {
    readonly onmessage?: (message: SeenMessage, extra: unknown) => void;
  };
  if (transport === undefined || handle === undefined) throw new Error("The client is not connected");
  const steps: unknown[] = [];
  const onmessage: typeof handle = (message, extra) => {
    if (message.method === "notifications/progress") steps.push(message.params?.["progress"]);
    handle(message, extra);
  };
  Object.assign(transport, { onmessage });
  return { steps, [Symbol.dispose]: () => void Object.assign(transport, { onmessage: handle }) };
}

/** Whether a client complains of progress that it has read together with the answer. */
export function isLateProgress({ message }: Error): boolean {
  return /progress notification for an unknown token/.test(message);
}
