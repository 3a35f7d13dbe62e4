import { posix } from "node:path";
import { shellLine } from "@fairlead/core";
import { type ServiceLaunch, type ServiceSystem, serviceName } from "./service-system.js";
import { fromXml, toXml } from "./xml-text.js";

/** An agent of the user's launchd. */
export const launchdAgent: ServiceSystem = {
  kind: "launchd",
  title: "launchd",
  encoding: "utf8",
  file: plistOf,
  render: (launch, mark) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${mark} -->
<plist version="1.0">
<dict>
  <key>Label</key><string>${serviceName}</string>
  <key>ProgramArguments</key>
  <array>
${launch.argv.map((word) => `    <string>${toXml(word)}</string>`).join("\n")}
  </array>
  <key>WorkingDirectory</key><string>${toXml(launch.userHome)}</string>
  <key>RunAtLoad</key><true/>
  <!-- Only after a failure, and not more often than this many seconds. -->
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key><integer>10</integer>
  <!-- Seconds in which it ends its trees. -->
  <key>ExitTimeOut</key><integer>20</integer>
  <!-- Servers are to be as fast as in a terminal. -->
  <key>ProcessType</key><string>Interactive</string>
  <key>SoftResourceLimits</key><dict><key>Core</key><integer>0</integer></dict>
  <key>HardResourceLimits</key><dict><key>Core</key><integer>0</integer></dict>
  <key>StandardOutPath</key><string>/dev/null</string>
  <key>StandardErrorPath</key><string>${toXml(logOf(launch))}</string>
</dict>
</plist>
`,
  readArgv: (text) => {
    const list = /<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/.exec(text)?.[1];
    if (list === undefined) return undefined;
    return [...list.matchAll(/<string>([\s\S]*?)<\/string>/g)].map(([, word = ""]) => fromXml(word));
  },
  probe: (launch) => ["launchctl", "print", domainOf(launch)],
  end: (launch) => [{ command: ["launchctl", "bootout", targetOf(launch)], mayFail: true }],
  start: (launch, isNew) => [
    { command: ["launchctl", "enable", targetOf(launch)] },
    // It is loaded already where nothing is new.
    { command: ["launchctl", "bootstrap", domainOf(launch), plistOf(launch)], mayFail: !isNew },
    // Loading starts it already, and some versions call it a failure to start it again.
    { command: ["launchctl", "kickstart", targetOf(launch)], mayFail: true },
  ],
  stop: (launch) => launchdAgent.end(launch),
  afterwards: () => [],
  query: (launch) => ["launchctl", "print", targetOf(launch)],
  readQuery: (code, stdout, launch) => {
    if (code !== 0) return undefined;
    const state = /^\s*state = (.+)$/m.exec(stdout)?.[1] ?? "unknown";
    const pid = Number(/^\s*pid = (\d+)$/m.exec(stdout)?.[1]);
    // The path of its own file stands first, those of its output and of what it was made from further below.
    const isOurs = /^\s*path = (.+)$/m.exec(stdout)?.[1] === plistOf(launch);
    return { state, ...(pid > 0 ? { pid } : {}), ...(isOurs ? {} : { isForeign: true }) };
  },
  logFile: logOf,
  logCommand: (launch) => shellLine(["tail", "-n", "50", logOf(launch)]),
};

function plistOf({ userHome }: ServiceLaunch): string {
  return posix.join(userHome, "Library", "LaunchAgents", `${serviceName}.plist`);
}

function logOf({ stateDir }: ServiceLaunch): string {
  return posix.join(stateDir, "executor.log");
}

/** Where programs of a user run that sits at the machine. */
function domainOf({ uid }: ServiceLaunch): string {
  return `gui/${uid}`;
}

function targetOf(launch: ServiceLaunch): string {
  return `${domainOf(launch)}/${serviceName}`;
}
