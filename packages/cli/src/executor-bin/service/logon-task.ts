import { win32 } from "node:path";
import { quoteWindowsWord } from "@fairlead/machine";
import { judgeOwner } from "./own-mark.js";
import {
  type ServiceCommand,
  type ServiceLaunch,
  type ServiceSystem,
  serviceName,
} from "./service-system.js";
import { fromXml, toXml } from "./xml-text.js";

/**
 * A task that starts when the user logs on, with his own token and in his own session. A service would run in session 0,
 * without his PATH, his mapped drives and his credentials.
 */
export const logonTask: ServiceSystem = {
  kind: "task",
  title: "Task Scheduler",
  encoding: "utf16le",
  file: xmlOf,
  render: (launch, mark) => {
    const [conhost, args] = windowless(launch);
    const user = toXml(launch.userName);
    return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Source>${mark}</Source>
    <Description>Runs the Fairlead executor of ${user} while he is logged on</Description>
    <Documentation>${toXml(JSON.stringify(launch.argv))}</Documentation>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <Repetition>
        <Interval>PT5M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <UserId>${user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>5</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${toXml(conhost)}</Command>
      <Arguments>${toXml(args)}</Arguments>
      <WorkingDirectory>${toXml(launch.userHome)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`;
  },
  readArgv: (text) => {
    const json = /<Documentation>([\s\S]*?)<\/Documentation>/.exec(text)?.[1];
    return json === undefined ? undefined : readWords(fromXml(json));
  },
  probe: (launch) => [tool(launch), "/Query", "/FO", "CSV", "/NH"],
  end: (launch) => [{ command: [tool(launch), "/End", "/TN", taskOf(launch)], mayFail: true }],
  start: (launch, isNew) => [
    ...(isNew ? [{ command: register(launch) }] : []),
    { command: [tool(launch), "/Run", "/TN", taskOf(launch)] },
  ],
  stop: (launch) => [
    ...logonTask.end(launch),
    { command: [tool(launch), "/Delete", "/TN", taskOf(launch), "/F"], mayFail: true },
  ],
  afterwards: () => [],
  query: (launch) => [tool(launch), "/Query", "/TN", taskOf(launch), "/XML"],
  // Whether it runs is told in the language of the system only.
  readQuery: (code, stdout) => {
    if (code !== 0) return undefined;
    const xml = stdout.replaceAll("\0", "");
    // What stands in for it elsewhere answers 0 and nothing, whatever it is asked.
    if (!xml.includes("<Task")) return undefined;
    if (judgeOwner(xml) === "foreign") return { state: "registered", isForeign: true };
    const argv = logonTask.readArgv(xml);
    return { state: "registered", ...(argv === undefined ? {} : { argv }) };
  },
  logFile: ({ stateDir }) => taskLog(stateDir),
  logCommand: ({ stateDir }) => `type ${quoteShellWord(taskLog(stateDir))}`,
};

/** Where the executor of a task writes what it says. */
export function taskLog(stateDir: string): string {
  return win32.join(stateDir, "executor.log");
}

/** For cmd and PowerShell alike. */
function quoteShellWord(word: string): string {
  return /^[\w:\\./-]+$/.test(word) ? word : `"${word}"`;
}

function register(launch: ServiceLaunch): ServiceCommand {
  return [tool(launch), "/Create", "/TN", taskOf(launch), "/XML", xmlOf(launch), "/F"];
}

/** Names of tasks belong to all users of a machine. */
function taskOf({ userName }: ServiceLaunch): string {
  const user = userName.replace(/^.*\\/, "").replaceAll(/[^\w.-]/g, "_");
  return `${serviceName}-${user}`;
}

function xmlOf({ stateDir }: ServiceLaunch): string {
  return win32.join(stateDir, `${serviceName}.xml`);
}

function tool({ env }: ServiceLaunch): string {
  return win32.join(systemFolder(env), "schtasks.exe");
}

function systemFolder(env: Readonly<NodeJS.ProcessEnv>): string {
  return win32.join(env["SystemRoot"] ?? env["SYSTEMROOT"] ?? "C:\\Windows", "System32");
}

/** A console program of a task would open a window, which somebody then closes; a console host without one does not. */
function windowless({ argv, env }: ServiceLaunch): readonly [program: string, args: string] {
  return [
    win32.join(systemFolder(env), "conhost.exe"),
    ["--headless", ...argv.map(quoteWindowsWord)].join(" "),
  ];
}

function readWords(json: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(json);
    return Array.isArray(words) ? words.map(String) : undefined;
  } catch {
    return undefined;
  }
}
