import type { Fetch } from "@fairlead/core";
import { connectExecutor } from "@fairlead/link";
import { createHttpClient } from "@fairlead/machine";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { startTestExecutor } from "../../servers/support/start-test-executor.js";

/** Where requests leave: one of the two implementations of the Fetch port. */
export interface Place extends AsyncDisposable {
  readonly fetch: Fetch;
  /** The processes that take part. */
  readonly pids: readonly number[];
}

/** A place's name, and how it is opened. */
export type PlaceCase = readonly [name: string, open: () => Promise<Place>];

/** Requests from this process. */
export function openThisMachine(): Promise<Place> {
  const client = createHttpClient();
  return Promise.resolve({
    fetch: client.fetch,
    pids: [process.pid],
    [Symbol.asyncDispose]: () => client.close(),
  });
}

/** Requests from an executor daemon: the built binary, in its own process. */
async function openExecutor(): Promise<Place> {
  const stack = createDisposeStack();
  try {
    const executor = stack.use(await startTestExecutor());
    const session = stack.use(await connectTo(executor.url));
    const pids = [process.pid, executor.pid];
    return { fetch: session.fetch, pids, [Symbol.asyncDispose]: stack[Symbol.asyncDispose] };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens a session with an executor. */
export function connectTo(url: string): ReturnType<typeof connectExecutor> {
  return connectExecutor({ url, name: "far", clientName: "test", clientVersion: "0" });
}

/** Both places: what holds for one must hold for the other. */
export const places: readonly PlaceCase[] = [
  ["this machine", openThisMachine],
  ["an executor", openExecutor],
];
