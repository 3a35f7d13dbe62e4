import type { RawMessage } from "../client/message-inbox.js";
import { type RawClient, type RawClientOptions, spawnRawClient } from "../client/raw-client.js";
import { waitUntil } from "../wait-until.js";

/**
 * An HTTP server in a process of its own. It tells its URL, and later what happened to it, in lines of JSON on stdout;
 * where it takes orders they go the same way to its stdin. Disposing kills it.
 */
export interface HttpProgram extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Takes the first event of this name, past or future; each is given once. @param withinMs default 10,000 */
  nextEvent(name: string, withinMs?: number): Promise<RawMessage>;
  /** Every event of this name so far. */
  events(name: string): readonly RawMessage[];
  /** Sends an order; one line of JSON. */
  order(order: object): Promise<void>;
  stderr(): string;
}

/** How an HTTP program is started, and how its URL is found out. */
export interface HttpProgramOptions extends RawClientOptions {
  /** For programs that we did not write: finds the URL in what they wrote to stderr. @default the line `{ "url": … }` */
  readonly urlFromStderr?: ((stderr: string) => string | undefined) | undefined;
}

const startLimitMs = 20_000;

/** Starts an HTTP server and waits for its URL. @throws FairleadError as {@link spawnRawClient}, or if it never listens */
export async function startHttpProgram(
  argv: readonly string[],
  { urlFromStderr, ...options }: HttpProgramOptions = {},
): Promise<HttpProgram> {
  const client = await spawnRawClient(argv, options);
  try {
    const url =
      urlFromStderr === undefined ? await announcedUrl(client) : await loggedUrl(client, urlFromStderr);
    return {
      pid: client.pid,
      url,
      nextEvent: (name, withinMs) => client.nextMessage(({ event }) => event === name, withinMs),
      events: (name) => client.messages.filter(({ event }) => event === name),
      order: (order) => client.send(order),
      stderr: () => client.stderr(),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

async function announcedUrl(client: RawClient): Promise<string> {
  const { url } = await client.nextMessage((message) => "url" in message, startLimitMs);
  return String(url);
}

async function loggedUrl(client: RawClient, find: (stderr: string) => string | undefined): Promise<string> {
  return waitUntil(() => find(client.stderr()), {
    withinMs: startLimitMs,
    what: () => `The URL of the server. stderr: ${client.stderr()}`,
  });
}
