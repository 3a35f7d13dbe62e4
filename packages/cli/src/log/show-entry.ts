import { plainText } from "../output/plain-text.js";
import type { LogEntry } from "./log-entry.js";

/**
 * An entry as a line for people: when, of whom, where and by which host, and what. The server's own words stand behind `|`.
 * Nothing in it can steer the terminal.
 */
export function showEntry(entry: LogEntry, options: { readonly hasName: boolean }): string {
  const { time, server, executor, host, copy = 1, stream, text } = entry;
  const whose = options.hasName ? `${server} ` : "";
  const mark = stream === "stderr" ? "| " : stream === "warning" ? "warning: " : "";
  return plainText(
    `${localTime(time)} ${whose}[${executor} ${host}${copy > 1 ? `#${copy}` : ""}] ${mark}${text.replaceAll("\n", " ")}`,
  );
}

/** On the clock of whoever reads it, which is the one on their wall. */
function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join("-");
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":")}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
