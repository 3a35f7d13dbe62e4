import { isJsonObject, parseJsonObject } from "@fairlead/core";

/** One line of a server's log: what it said, or what happened to it. */
export interface LogEntry {
  /** ISO 8601, in UTC, with milliseconds. */
  readonly time: string;
  readonly server: string;
  /** The machine it runs on, or is reached from. */
  readonly executor: string;
  /** The process id of the host that wrote it: a `fairlead serve`. */
  readonly host: number;
  /** Which copy of the server in that host, from 1; absent where it is about all of them. */
  readonly copy?: number;
  /** `stderr`: the server's own words; `warning` and `event`: ours. */
  readonly stream: "stderr" | "warning" | "event";
  /** What kind of event, for programs; absent where the server speaks. */
  readonly event?: string;
  readonly text: string;
}

/** As it stands in the file, without the line's end. */
export function formatLogEntry(entry: LogEntry): string {
  return JSON.stringify(entry);
}

/** Reads a line of a log file; undefined where it is none, as when a disk was full in the middle of it. */
export function parseLogEntry(line: string): LogEntry | undefined {
  const value = parseJsonObject(line);
  if (value === undefined || !isEntry(value)) return undefined;
  return value;
}

function isEntry(value: unknown): value is LogEntry {
  if (!isJsonObject(value)) return false;
  const { stream } = value;
  const hasTexts = ["time", "server", "executor", "text"].every((key) => typeof value[key] === "string");
  return hasTexts && (stream === "stderr" || stream === "warning" || stream === "event");
}
