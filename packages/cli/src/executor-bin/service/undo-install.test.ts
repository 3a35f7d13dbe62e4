import { expect, test } from "vitest";
import { launchdAgent } from "./launchd-agent.js";
import { describeLaunch } from "./plan-service.js";
import { systemdUnit } from "./systemd-unit.js";
import { stepsBefore } from "./undo-install.js";

const launch = describeLaunch("/home/me/.fairlead", { platform: "darwin", env: {}, execPath: "/node" }, []);

test("launchd unloads an agent whose file is gone, which could not be loaded anew otherwise", () => {
  expect(stepsBefore({ system: launchdAgent, launch }, undefined)).toEqual([
    { command: ["launchctl", "bootout", `gui/${launch.uid}/fairlead-executor`], mayFail: true },
  ]);
});

test("where starting replaces what runs, nothing is ended before", () => {
  expect(stepsBefore({ system: systemdUnit, launch }, { text: "", owner: "own" })).toEqual([]);
});
