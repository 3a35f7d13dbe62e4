import { describe, expect, test } from "vitest";
import { launchdAgent } from "./launchd-agent.js";
import { logonTask } from "./logon-task.js";
import { judgeOwner, markText } from "./own-mark.js";
import type { ManagerAnswer, ServiceLaunch, ServiceSystem } from "./service-system.js";
import { systemdUnit } from "./systemd-unit.js";

const mark = "Written by fairlead-executor install, 0123456789abcdef";
const posixLaunch: ServiceLaunch = {
  argv: ["/usr/bin/node", "/opt/fairlead/bin/fairlead-executor.js", "serve", "--listen", "127.0.0.1:7040"],
  userHome: "/home/me",
  stateDir: "/home/me/.fairlead",
  userName: "me",
  uid: 501,
  env: {},
};
const windowsLaunch: ServiceLaunch = {
  argv: ["C:\\Program Files\\nodejs\\node.exe", "C:\\npm\\fairlead-executor.js", "serve"],
  userHome: "C:\\Users\\me",
  stateDir: "C:\\Users\\me\\.fairlead",
  userName: "DESK\\me",
  uid: 0,
  env: { SystemRoot: "C:\\Windows" },
};
const systems: readonly (readonly [string, ServiceSystem, ServiceLaunch])[] = [
  ["systemd", systemdUnit, posixLaunch],
  ["launchd", launchdAgent, posixLaunch],
  ["the task scheduler", logonTask, windowsLaunch],
];

const plain = (steps: ReturnType<ServiceSystem["stop"]>): readonly string[] =>
  steps.map(({ command, mayFail }) => `${mayFail === true ? "-" : ""}${command.join(" ")}`);

describe.each(systems)("a file for %s", (_, system, launch) => {
  test("is this", () => {
    expect(system.render(launch, mark)).toMatchSnapshot();
  });

  test("leaves servers the umask of the user: the executor closes its own files itself", () => {
    expect(system.render(launch, mark)).not.toMatch(/umask/i);
  });

  test("lies where it is looked for, and is made effective by these commands", () => {
    expect({
      file: system.file(launch),
      probe: system.probe(launch).join(" "),
      end: plain(system.end(launch)),
      startNew: plain(system.start(launch, true)),
      start: plain(system.start(launch, false)),
      stop: plain(system.stop(launch)),
      afterwards: plain(system.afterwards(launch)),
      query: system.query(launch).join(" "),
      log: system.logCommand(launch),
    }).toMatchSnapshot();
  });

  test.each([
    "a b",
    'say "x"',
    "back\\slash",
    "end\\",
    "100%",
    "%h",
    "$HOME",
    "$$",
    "<&>",
    "schön/ключ",
    "it's",
    "",
    "--",
    "a;b|c",
  ])("keeps the word %j", (word) => {
    const argv = [...launch.argv, word, "last"];
    expect(system.readArgv(system.render({ ...launch, argv }, mark))).toEqual(argv);
  });

  test("is ours until somebody changes it", () => {
    const text = markText((own) => system.render(launch, own));
    expect(judgeOwner(text)).toBe("own");
    expect(judgeOwner(text.replace("serve", "serve2"))).toBe("changed");
    expect(judgeOwner(text.replace(/Written by.*/, ""))).toBe("foreign");
  });

  test("is told from anybody else's by what it runs", () => {
    expect(system.readArgv("something else")).toBeUndefined();
  });
});

test("systemd expands nothing of a word: percent signs, and dollars behind the program, are doubled", () => {
  const text = systemdUnit.render({ ...posixLaunch, argv: ["/o$pt/node", "100%", "$HOME", '\\"'] }, mark);
  expect(/^ExecStart=.*$/m.exec(text)?.[0]).toBe(String.raw`ExecStart="/o$pt/node" "100%%" "$$HOME" "\\\""`);
});

test.each([
  [["a b"], String.raw`"a b"`],
  [['say "x"'], String.raw`"say \"x\""`],
  [["C:\\a b\\"], String.raw`"C:\a b\\"`],
  [['\\"'], String.raw`"\\\""`],
  [["C:\\plain\\x.js"], String.raw`C:\plain\x.js`],
])("a task quotes %j as programs of Windows read it", (argv, expected) => {
  const text = logonTask.render({ ...windowsLaunch, argv }, mark);
  expect(/<Arguments>--headless (.*)<\/Arguments>/.exec(text)?.[1]).toBe(expected);
});

test.each([
  ["LoadState=not-found\nActiveState=inactive\n", 0, undefined],
  ["LoadState=loaded\nActiveState=active\nResult=success\nMainPID=17\n", 0, { state: "active", pid: 17 }],
  [
    "LoadState=loaded\nActiveState=failed\nResult=exit-code\nMainPID=0\n",
    0,
    { state: "failed (exit-code)", hasFailed: true },
  ],
  ["Failed to connect to bus", 1, undefined],
])("what systemd says is understood: %j", (stdout, code, expected) => {
  expect(systemdUnit.readQuery(code, stdout, posixLaunch)).toEqual(expected);
});

test("what launchd says is understood", () => {
  const path = launchdAgent.file(posixLaunch);
  const print = (...lines: readonly string[]): string =>
    ["gui/501/fairlead-executor = {", "active count = 1", ...lines].join("\n\t");
  const running = ["state = running", "", "pid = 812", "stderr path = /home/me/.fairlead/executor.log"];
  const ask = (text: string): ManagerAnswer | undefined => launchdAgent.readQuery(0, text, posixLaunch);
  expect(ask(print(`path = ${path}`, ...running))).toEqual({ state: "running", pid: 812 });
  expect(ask(print(`path = ${path}`, "state = not running"))).toEqual({ state: "not running" });
  expect(launchdAgent.readQuery(113, "", posixLaunch)).toBeUndefined();
  const foreign = { state: "running", pid: 812, isForeign: true };
  expect(ask(print("path = /opt/fairlead-executor.plist", ...running))).toEqual(foreign);
  expect(ask(print(...running, "details = {", `\tpath = ${path}2`))).toEqual(foreign);
});

test("a task of our name is told from one that somebody else made, in whatever encoding it is printed", () => {
  const ours = logonTask.render(windowsLaunch, mark);
  const ask = (code: number, text: string): ManagerAnswer | undefined =>
    logonTask.readQuery(code, text, windowsLaunch);
  const { argv } = windowsLaunch;
  expect(ask(0, ours)).toEqual({ state: "registered", argv });
  expect(ask(0, ours.split("").join("\0"))).toEqual({ state: "registered", argv });
  const foreign = ours.replace(mark, "me");
  expect(ask(0, foreign)).toEqual({ state: "registered", isForeign: true });
  expect(ask(1, "ERROR")).toBeUndefined();
  expect(ask(0, "")).toBeUndefined();
});

/** Of the schema that Microsoft documents: which elements an element holds, and where their order counts. */
const taskSchema: Readonly<Record<string, { readonly inOrder: boolean; readonly children: string }>> = {
  Task: { inOrder: false, children: "RegistrationInfo Triggers Settings Data Principals Actions" },
  RegistrationInfo: {
    inOrder: false,
    children: "URI SecurityDescriptor Source Date Author Version Description Documentation",
  },
  LogonTrigger: {
    inOrder: true,
    children: "Enabled StartBoundary EndBoundary Repetition ExecutionTimeLimit UserId Delay",
  },
  Repetition: { inOrder: false, children: "Interval Duration StopAtDurationEnd" },
  Principal: { inOrder: false, children: "UserId LogonType GroupId DisplayName RunLevel" },
  Settings: {
    inOrder: false,
    children:
      "AllowStartOnDemand RestartOnFailure MultipleInstancesPolicy DisallowStartIfOnBatteries StopIfGoingOnBatteries AllowHardTerminate StartWhenAvailable NetworkProfileName RunOnlyIfNetworkAvailable WakeToRun Enabled Hidden DeleteExpiredTaskAfter IdleSettings NetworkSettings ExecutionTimeLimit Priority RunOnlyIfIdle",
  },
  IdleSettings: { inOrder: false, children: "Duration WaitTimeout StopOnIdleEnd RestartOnIdle" },
  RestartOnFailure: { inOrder: false, children: "Interval Count" },
  Exec: { inOrder: false, children: "Command Arguments WorkingDirectory" },
};

/** Which elements lie directly in which, in their order. @throws Error where they are not closed in order */
function nesting(xml: string): readonly (readonly [string, readonly string[]])[] {
  const open: { readonly name: string; readonly children: string[] }[] = [{ name: "", children: [] }];
  const found: (readonly [string, readonly string[]])[] = [];
  for (const [, slash, name = ""] of xml.matchAll(/<(\/?)([A-Za-z]+)[^>]*>/g)) {
    if (slash === "") {
      open.at(-1)?.children.push(name);
      open.push({ name, children: [] });
      continue;
    }
    const closed = open.pop();
    if (closed?.name !== name) throw new Error(`${name} is closed within ${closed?.name}`);
    found.push([closed.name, closed.children]);
  }
  return found;
}

test("a task is as the schema of Windows wants it, whatever is in its paths", () => {
  const odd = "C:\\Jörg & <Söhne>\\node.exe";
  const stateDir = "C:\\Jörg & <Söhne>\\st ate";
  const text = logonTask.render({ ...windowsLaunch, argv: [odd, "serve"], userHome: odd, stateDir }, mark);
  for (const [name, children] of nesting(text.slice(text.indexOf("<Task")))) {
    const rule = taskSchema[name];
    if (rule === undefined) continue;
    const allowed = rule.children.split(" ");
    expect(allowed).toEqual(expect.arrayContaining([...children]));
    expect(new Set(children).size).toBe(children.length);
    const ordered = allowed.filter((child) => children.includes(child));
    expect(rule.inOrder ? children : ordered).toEqual(ordered);
  }
  expect(text).toContain('<Arguments>--headless "C:\\Jörg &amp; &lt;Söhne&gt;\\node.exe" serve</Arguments>');
  expect(text.replaceAll(/&(amp|lt|gt);/g, "")).not.toContain("&");
  for (const wanted of [
    "<UserId>DESK\\me</UserId>",
    "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>",
    "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
    "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
    "<RestartOnFailure>",
  ]) {
    expect(text).toContain(wanted);
  }
});
