/**
 * Lets many callers share one slow read. A caller never gets an answer whose reading began before its call, so those
 * who come during a read share the next one.
 */
export function createSharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    const started = read();
    const finished = started.then(
      () => undefined,
      () => undefined,
    );
    running = finished;
    void finished.then(() => {
      if (running === finished) running = undefined;
    });
    return started;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(() => {
      next = undefined;
      return start();
    });
    return next;
  };
}
