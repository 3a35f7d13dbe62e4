import type { ErrorCode, ErrorReason } from "@fairlead/core";
import { runCommand } from "@fairlead/testkit";
import { expect } from "vitest";
import { type DaemonOptions, daemonCommand } from "./executor-daemon.js";
import { expectOneLine, type FailureLine } from "./expect-failure.js";
import type { Scene } from "./scene.js";

/** How a daemon must refuse to start. */
export interface ExpectedRefusal {
  readonly exit: number;
  readonly code: ErrorCode;
  readonly reason: ErrorReason;
  readonly tells: readonly (string | RegExp)[];
}

/** Starts an executor that must refuse, for people and for programs: one error, no address, and it is gone. */
export async function expectDaemonRefusal(
  scene: Scene,
  options: DaemonOptions,
  expected: ExpectedRefusal,
): Promise<void> {
  const argv = daemonCommand(scene, options);
  const run = (command: readonly string[]) => runCommand(command, { env: scene.env, cwd: scene.folder.path });
  const [json, plain] = await Promise.all([run(argv), run(argv.filter((part) => part !== "--json"))]);
  const { error } = JSON.parse(expectOneLine(json, expected.exit)) as FailureLine;
  expect(error).toMatchObject({ code: expected.code, details: { reason: expected.reason } });
  const sentence = expectOneLine(plain, expected.exit);
  for (const part of expected.tells) expect(sentence).toMatch(part);
}
