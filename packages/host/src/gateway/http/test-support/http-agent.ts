import { once } from "node:events";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

/** One request of a hand-made agent. */
export interface AgentCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer | object;
}

/** An answer, read to its end. */
export interface AgentAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An event as it came. */
export interface AgentEvent {
  readonly id: string | undefined;
  readonly data: string | undefined;
  readonly retry: string | undefined;
}

/** An answer whose body is read piece by piece. */
export interface AgentStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whole events so far. */
  readonly events: AgentEvent[];
  /** The data of those that have any, parsed. */
  messages(): Record<string, unknown>[];
  /** Where its events are in their session: their ids without what tells the session. */
  places(): (string | undefined)[];
  /** Waits for the first event. @returns the id of an event of the same session, there or not, for example at "0-1" */
  idAt(place: string): Promise<string>;
  /** Waits until so many messages came, or the stream is over. */
  until(count: number): Promise<Record<string, unknown>[]>;
  /** Settles when the stream is over, however it ended. */
  readonly over: Promise<void>;
  /** Breaks the connection. */
  cut(): void;
  /** Reads no further; what comes stays in the socket. */
  pause(): void;
  resume(): void;
}

const jsonHeaders = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

/** Sends a request and waits for the head of its answer. */
export async function send(url: string, call: AgentCall): Promise<[IncomingMessage, ClientRequest]> {
  const { method = "POST", headers = {}, body } = call;
  const merged = { ...(method === "POST" ? jsonHeaders : {}), ...headers };
  const given = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const sent = request(url, { method, headers: Object.fromEntries(given), agent: false });
  sent.end(typeof body === "object" && !Buffer.isBuffer(body) ? JSON.stringify(body) : body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  sent.on("error", () => {});
  return [response, sent];
}

/** Sends a request and reads the whole answer. */
export async function ask(url: string, call: AgentCall): Promise<AgentAnswer> {
  const [response] = await send(url, call);
  const body = await text(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Sends a request and reads its answer as it comes. */
export async function listen(url: string, call: AgentCall): Promise<AgentStream> {
  const [response, sent] = await send(url, call);
  const events: AgentEvent[] = [];
  const messages: Record<string, unknown>[] = [];
  let waiters: (() => void)[] = [];
  let rest = "";
  const state = { isOver: false };
  const wake = (): void => {
    const woken = waiters;
    waiters = [];
    for (const waiter of woken) waiter();
  };
  const over = new Promise<void>((resolve) => {
    response.on("close", () => {
      state.isOver = true;
      wake();
      resolve();
    });
  });
  response.on("error", () => {});
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    rest += chunk;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    const come = blocks.map(toEvent);
    events.push(...come);
    messages.push(...come.flatMap(toMessage));
    wake();
  });
  const waitWhile = async (holds: () => boolean): Promise<void> => {
    while (holds() && !state.isOver) await new Promise<void>((resolve) => waiters.push(resolve));
  };
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    messages: () => [...messages],
    places: () => events.map(({ id }) => id?.replace(/^[^-]*-/, "")),
    async idAt(place) {
      await waitWhile(() => events.length === 0);
      return (events[0]?.id ?? "").replace(/-.*/, `-${place}`);
    },
    async until(count) {
      await waitWhile(() => messages.length < count);
      return [...messages];
    },
    over,
    cut: () => void sent.destroy(),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
  };
}

function toMessage({ data }: AgentEvent): readonly Record<string, unknown>[] {
  return data === undefined || data === "" ? [] : [JSON.parse(data) as Record<string, unknown>];
}

function toEvent(block: string): AgentEvent {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  return { id: fields.get("id"), data: fields.get("data"), retry: fields.get("retry") };
}
