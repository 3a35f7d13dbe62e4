import { initializeRawClient, type RawClient, type RawResponse, type RawResult } from "@fairlead/testkit";
import { expect } from "vitest";
import { expectClean, expectNothingLeft, type FailureOptions } from "./expect-failure.js";
import type { Scene } from "./scene.js";

/**
 * Runs `fairlead serve` with a raw agent that has initialized, then checks its end: exit 0, on stderr only lines
 * like those that the test gives back (or what its function finds right), nothing but messages on stdout, no secret, nothing left.
 */
export async function expectServedFailure(
  scene: Scene,
  act: (agent: RawClient) => Promise<readonly RegExp[] | ((told: readonly string[]) => void)>,
  options: Pick<FailureOptions, "stillRunning"> = {},
): Promise<void> {
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  const lines = await act(agent);
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0 });
  expect(agent.junk).toEqual([]);
  const told = agent
    .stderr()
    .split("\n")
    .filter((line) => line !== "" && !supervision.some((pattern) => pattern.test(line)));
  if (typeof lines === "function") lines(told);
  else expectOnly(told, lines);
  expectClean({ stdout: agent.lines.join("\n"), stderr: agent.stderr() });
  await expectNothingLeft(scene, options.stillRunning);
}

/** What is told about all servers together, and about the attempts to come; supervision has tests of its own. */
const supervision = [
  /^fairlead: \d+ of \d+ servers just started (?:is|are) ready; failed: \S+(, \S+)*$/,
  /^fairlead: \S+ is started again in [\d.]+ m?s$/,
];

/** Every attempt to start a server is told in one line; how many there are depends on who asked when. */
function expectOnly(told: readonly string[], patterns: readonly RegExp[]): void {
  const text = told.join("\n");
  for (const pattern of patterns) expect(text).toMatch(new RegExp(pattern, "m"));
  for (const line of told)
    expect(
      patterns.some((pattern) => pattern.test(line)),
      line,
    ).toBe(true);
}

/** Calls a tool through `serve`. */
export function callServed(agent: RawClient, name: string, args: object): Promise<RawResponse<RawResult>> {
  return agent.request("tools/call", { name, arguments: args });
}
