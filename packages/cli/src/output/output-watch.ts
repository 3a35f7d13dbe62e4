/** Why nothing more can be written: the reader went away, or what is written cannot be kept, as on a full disk. */
export type OutputLoss = "reader_gone" | "not_written";

/** Watches whether a stream can still be written. Disposing it ends that. */
export interface OutputWatch extends Disposable {
  /** Why it cannot any more; undefined while it can. */
  readonly loss: OutputLoss | undefined;
  /** Aborted once it cannot any more. */
  readonly signal: AbortSignal;
}

/** How writing fails where nobody reads any more. */
const gone: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

/** Tells why writing to a stream failed. */
export function outputLossOf(stream: NodeJS.WriteStream, { code = "" }: NodeJS.ErrnoException): OutputLoss {
  // So fails a terminal whose window was closed; elsewhere it is a failure of the disk.
  const isClosedWindow = code === "EIO" && stream.isTTY;
  return isClosedWindow || gone.has(code) ? "reader_gone" : "not_written";
}

/** Watches a stream that its own errors do not close, as our stdout: each further chunk fails as the first one did. */
export function watchOutput(stream: NodeJS.WriteStream): OutputWatch {
  const lost = new AbortController();
  let loss: OutputLoss | undefined;
  const onError = (error: NodeJS.ErrnoException): void => {
    loss ??= outputLossOf(stream, error);
    lost.abort();
  };
  stream.on("error", onError);
  return {
    get loss() {
      return loss;
    },
    signal: lost.signal,
    [Symbol.dispose]: () => void stream.off("error", onError),
  };
}
