import { describe, expect, test } from "vitest";
import { launchdAgent } from "./launchd-agent.js";
import { logonTask } from "./logon-task.js";
import { judgeOwner, markText } from "./own-mark.js";
import type { ServiceLaunch, ServiceSystem } from "./service-system.js";
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
  expect(systemdUnit.readQuery(code, stdout)).toEqual(expected);
});

test("what launchd says is understood", () => {
  const printed = "gui/501/fairlead-executor = {\n\tactive count = 1\n\tstate = running\n\n\tpid = 812\n}";
  expect(launchdAgent.readQuery(0, printed)).toEqual({ state: "running", pid: 812 });
  expect(launchdAgent.readQuery(0, "x = {\n\tstate = not running\n}")).toEqual({ state: "not running" });
  expect(launchdAgent.readQuery(113, "")).toBeUndefined();
});

test("a task of our name is told from one that somebody else made, in whatever encoding it is printed", () => {
  const ours = logonTask.render(windowsLaunch, mark);
  expect(logonTask.readQuery(0, ours)).toEqual({ state: "registered" });
  expect(logonTask.readQuery(0, ours.split("").join("\0"))).toEqual({ state: "registered" });
  const foreign = ours.replace(mark, "me");
  expect(logonTask.readQuery(0, foreign)).toEqual({ state: "registered", isForeign: true });
  expect(logonTask.readQuery(1, "ERROR")).toBeUndefined();
});
