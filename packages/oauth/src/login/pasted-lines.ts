/** Lines that a person types while a login waits. */
export interface PastedLines {
  /** Whether anybody can type at all. */
  readonly isPossible: boolean;
  /** Who is told each line from now on; undefined: nobody. */
  listen(handler: ((line: string) => void) | undefined): void;
  /** Lets go of the source. Lines that come later are nobody's. */
  close(): void;
}

/** Reads from when somebody first listens. A source that ends or fails means only that nobody can paste any more. */
export function readPasted(lines: AsyncIterable<string> | undefined): PastedLines {
  let handler: ((line: string) => void) | undefined;
  let isClosed = false;
  const iterator = lines?.[Symbol.asyncIterator]();
  const pump = async (source: AsyncIterator<string>): Promise<void> => {
    for (;;) {
      const { done, value } = await source.next();
      if (done === true || isClosed) return;
      handler?.(value);
    }
  };
  let isReading = false;
  return {
    isPossible: iterator !== undefined,
    listen: (next) => {
      handler = next;
      // Not before somebody listens, so that no line is lost.
      if (isReading || iterator === undefined) return;
      isReading = true;
      pump(iterator).catch(() => {});
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      handler = undefined;
      // A generator that waits for its next line answers only then: nobody waits for that.
      void iterator?.return?.().then(undefined, () => {});
    },
  };
}
