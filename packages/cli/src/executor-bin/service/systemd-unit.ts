import { isAbsolute, join } from "node:path";
import { shellLine } from "@fairlead/core";
import { type ServiceCommand, type ServiceSystem, serviceName } from "./service-system.js";

const unit = `${serviceName}.service`;
const ctl = (...args: string[]): ServiceCommand => ["systemctl", "--user", ...args];

/** A unit of the user's own systemd. */
export const systemdUnit: ServiceSystem = {
  kind: "systemd",
  title: "systemd",
  encoding: "utf8",
  file: ({ env, userHome }) => {
    const named = env["XDG_CONFIG_HOME"] ?? "";
    const config = isAbsolute(named) ? named : join(userHome, ".config");
    return join(config, "systemd", "user", unit);
  },
  render: ({ argv }, mark) => `# ${mark}
# Changes belong into a drop-in, which stays: systemctl --user edit ${serviceName}
[Unit]
Description=Fairlead executor
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${argv.map(quote).join(" ")}
Restart=on-failure
RestartSec=2
# A command line or a file that cannot be used does not mend itself.
RestartPreventExitStatus=2 3
# The executor ends each tree as its server deserves it; what is left once the executor is gone is killed.
KillMode=mixed
TimeoutStopSec=20
# A server that takes too much memory is not the end of all the others.
OOMPolicy=continue
# Each tree gets a cgroup of its own below this unit.
Delegate=yes
LimitCORE=0

[Install]
WantedBy=default.target
`,
  readArgv: (text) => {
    const line = /^ExecStart=(.*)$/m.exec(text)?.[1];
    return line === undefined ? undefined : [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(unquote);
  },
  probe: () => ctl("show", "--property=Version"),
  end: () => [],
  start: (_, isNew) => [
    { command: ctl("daemon-reload") },
    { command: ctl("enable", unit) },
    { command: ctl(isNew ? "restart" : "start", unit) },
  ],
  stop: () => [{ command: ctl("disable", "--now", unit) }],
  afterwards: () => [
    { command: ctl("daemon-reload") },
    { command: ctl("reset-failed", unit), mayFail: true },
  ],
  query: () => ctl("show", unit, "--property=LoadState,ActiveState,Result,MainPID"),
  readQuery: (code, stdout) => {
    const facts = new Map(stdout.split("\n").map((line) => splitAt(line, "=")));
    if (code !== 0 || facts.get("LoadState") === "not-found") return undefined;
    const state = facts.get("ActiveState") ?? "unknown";
    const result = facts.get("Result") ?? "success";
    const pid = Number(facts.get("MainPID"));
    return {
      state: result === "success" ? state : `${state} (${result})`,
      ...(pid > 0 ? { pid } : {}),
      ...(state === "failed" ? { hasFailed: true } : {}),
    };
  },
  logFile: () => undefined,
  logCommand: () => shellLine(["journalctl", "--user", "-u", serviceName, "-n", "50"]),
};

/** systemd reads backslashes, quotes, `%` and, behind the program, `$`. */
function quote(word: string, at: number): string {
  const escaped = word.replaceAll(/[\\"]/g, "\\$&").replaceAll("%", "%%");
  return `"${at === 0 ? escaped : escaped.replaceAll("$", "$$$$")}"`;
}

function unquote([, text = ""]: readonly string[], at: number): string {
  const word = text.replaceAll("%%", "%").replaceAll(/\\(.)/g, "$1");
  return at === 0 ? word : word.replaceAll("$$", "$");
}

function splitAt(line: string, separator: string): readonly [string, string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + separator.length)];
}
