/** One server-sent event as it came. */
export interface RawEvent {
  /** The field of this event alone, not the last one remembered. */
  readonly id: string | undefined;
  readonly event: string | undefined;
  /** The data lines, joined by newlines; empty for an event that has none. */
  readonly data: string;
  readonly retryMs: number | undefined;
}

/** Cuts a stream of text into events. Comments are counted and dropped; an unfinished event at the end is none. */
export interface EventParser {
  push(text: string): void;
  readonly comments: number;
}

/** Makes a parser. @param onEvent told each event, also those without data */
export function createEventParser(onEvent: (event: RawEvent) => void): EventParser {
  let rest = "";
  let comments = 0;
  let fields: [string, string][] = [];

  const takeLine = (line: string): void => {
    if (line === "") {
      if (fields.length > 0) onEvent(toEvent(fields));
      fields = [];
    } else if (line.startsWith(":")) comments += 1;
    else {
      const [name = "", ...value] = line.split(":");
      fields.push([name, value.join(":").replace(/^ /, "")]);
    }
  };
  return {
    push: (text) => {
      // Only new text is searched: an event may be many MiB long and come in small pieces.
      const lines = text.split("\n");
      lines[0] = rest + (lines[0] ?? "");
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    },
    get comments() {
      return comments;
    },
  };
}

function toEvent(fields: readonly [string, string][]): RawEvent {
  const last = (name: string): string | undefined => fields.findLast(([field]) => field === name)?.[1];
  const retry = last("retry");
  const data = fields.filter(([field]) => field === "data").map(([, value]) => value);
  return {
    id: last("id"),
    event: last("event"),
    data: data.join("\n"),
    retryMs: retry === undefined ? undefined : Number(retry),
  };
}
