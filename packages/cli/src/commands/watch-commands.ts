import { type Command, InvalidArgumentError } from "commander";
import { parseSince } from "../log/parse-since.js";
import type { Terminal } from "../output/terminal.js";
import { withCommonFlags } from "./flags.js";

const logsHelp = `
A line is: when, server, [executor, process id of the host], what; the
server's own words stand behind |.
Times: 90s, 10m, 2h, 1d (ago), 2026-11-21, 2026-11-21T19:55.
Each server has its own log file in ~/.fairlead/log; five files of 1 MiB are
kept of each.

Examples:
  fairlead logs -f files
  fairlead logs --since 10m --json`;

const topHelp = `
CALLS is how many agents made since their host began, with those under way
before the /.
On a terminal q and Ctrl-C end it, and s, c and m sort by state, CPU and memory.
Elsewhere it prints one table and ends.

Examples:
  fairlead top
  fairlead top --json --interval 5`;

/** Adds the commands that watch what goes on: logs and top. */
export function addWatchCommands(program: Command, terminal: Terminal): void {
  withCommonFlags(program.command("logs"))
    .description("show what servers wrote to stderr, and what happened to them")
    .argument("[server]", "default: all, by time")
    .option("-f, --follow", "go on as more is written; Ctrl-C ends it")
    .option("--since <time>", "only what is younger", toTime)
    .option(
      "-n, --lines <count>",
      "at most so many before it goes on (default: 100, or all since --since)",
      toCount,
    )
    .addHelpText("after", logsHelp)
    .action(async (server: string | undefined, flags) =>
      (await import("./logs.js")).logsCommand(server, flags, terminal),
    );

  withCommonFlags(program.command("top"))
    .summary("show what runs on every machine, live")
    .description("show what runs on every machine, live: servers, processes, memory, CPU, calls, agents")
    .option("--executor <name>", "only there (local: this machine)")
    .option("--interval <seconds>", "look so often (default: 2); with --json: a snapshot a line", toInterval)
    .addHelpText("after", topHelp)
    .action(async (flags) => (await import("./top.js")).topCommand(flags, terminal));
}

function toInterval(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0.2 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("write a number of seconds, 0.2 or more");
}

function toTime(text: string): number {
  const sinceMs = parseSince(text, Date.now());
  if (sinceMs !== undefined) return sinceMs;
  throw new InvalidArgumentError("write a time like 10m, 2h or 2026-11-21T19:55");
}

function toCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a number of lines");
}
