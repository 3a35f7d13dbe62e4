import type { ServerResponse } from "node:http";

/** One server-sent event. */
export interface SentEvent {
  /** A JSON-RPC message, or text that is sent as it is. */
  readonly data: object | string;
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  /** Milliseconds after which a reader should come back. */
  readonly retryMs?: number | undefined;
}

/** Begins an answer of `text/event-stream`, if it has not begun. @param headers further ones */
export function beginEventStream(response: ServerResponse, headers: Record<string, string> = {}): void {
  if (response.headersSent) return;
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers });
  response.flushHeaders();
}

/** Sends one event. */
export function sendEvent(response: ServerResponse, event: SentEvent): void {
  response.write(formatEvent(event));
}

/** An event as its bytes, for tests that cut it or send it in pieces. */
export function formatEvent({ data, event, id, retryMs }: SentEvent): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const lines = [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retryMs === undefined ? [] : [`retry: ${retryMs}`]),
    ...text.split("\n").map((line) => `data: ${line}`),
  ];
  return `${lines.join("\n")}\n\n`;
}
