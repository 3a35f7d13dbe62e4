import { describeServerEvent, type HostEvent } from "@fairlead/host";
import { formatLogEntry, type LogEntry } from "./log-entry.js";
import { logFolder } from "./log-files.js";
import { createLogWriter } from "./log-writer.js";
import { createRedactor, type Redactor } from "./redact.js";

/** What a host writes down of its servers, for `fairlead logs`. */
export interface HostLog extends Pick<Redactor, "learn"> {
  /** @param copy which copy of the server it is about, where there may be several */
  note(event: HostEvent, copy?: number): void;
  /** Settles when everything is written, or could not be. Never rejects. */
  flushed(): Promise<void>;
}

/** What it is made of. */
export interface HostLogOptions {
  readonly home: string;
  /** Where a server of this name runs. */
  readonly executorOf: (server: string) => string;
  readonly warn: (text: string) => void;
}

/** Makes the log of this process; nothing is written before something happens. */
export function createHostLog({ home, executorOf, warn }: HostLogOptions): HostLog {
  const redactor = createRedactor();
  const entryOf = (server: string, words: Pick<LogEntry, "stream" | "text" | "event" | "copy">): string =>
    formatLogEntry({
      time: new Date().toISOString(),
      server,
      executor: executorOf(server),
      host: process.pid,
      ...words,
      text: redactor.clean(server, words.text),
    });
  const writer = createLogWriter({
    folder: logFolder(home),
    describeDropped: (server, count) =>
      entryOf(server, { stream: "warning", text: `${count} lines came faster than they could be written` }),
    onProblem: (server, cause) =>
      warn(
        `the log of ${server} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      ),
  });
  return {
    learn: (server, variables) => redactor.learn(server, variables),
    note(event, copy) {
      const words = describeServerEvent(event);
      if (words === undefined || !("server" in event)) return;
      const which = copy === undefined ? {} : { copy };
      const kind = words.stream === "stderr" ? {} : { event: event.type };
      writer.append(event.server, entryOf(event.server, { ...which, ...words, ...kind }));
    },
    flushed: () => writer.flushed(),
  };
}
