import { initializeRawClient, type RawClient, type RawResponse, type RawResult } from "@fairlead/testkit";
import { expect } from "vitest";
import { expectClean, expectNothingLeft, type FailureOptions } from "./expect-failure.js";
import type { Scene } from "./scene.js";

/**
 * Runs `fairlead serve` with a raw agent that has initialized, then checks its end: exit 0, exactly the lines on stderr
 * that the test gives back (or what its function finds right), nothing but messages on stdout, no secret, nothing left.
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
    .filter((line) => line !== "");
  if (typeof lines === "function") lines(told);
  else {
    expect(told, agent.stderr()).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) expect(told[index]).toMatch(line);
  }
  expectClean({ stdout: agent.lines.join("\n"), stderr: agent.stderr() });
  await expectNothingLeft(scene, options.stillRunning);
}

/** Calls a tool through `serve`. */
export function callServed(agent: RawClient, name: string, args: object): Promise<RawResponse<RawResult>> {
  return agent.request("tools/call", { name, arguments: args });
}
