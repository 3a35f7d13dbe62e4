import { runCommand } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createCompletionHome } from "./support/completion-home.js";

// Somebody waits for a completion at every tab. Both programs are measured in turn and by their best time, so that a busy
// machine slows both.

const rounds = 15;
const budget = 1.5;

test.each([
  ["a command", ["exec"]],
  ["a flag", ["list", "--"]],
  ["a server", ["get", ""]],
  ["a tool", ["call", "files", ""]],
])(`completing %s takes no longer than ${budget} times --version`, async (_, words) => {
  await using scene = await createCompletionHome();
  const time = async (...args: readonly string[]): Promise<number> => {
    const ran = await runCommand(scene.home.command(...args), { env: scene.env, cwd: scene.folder });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    return ran.durationMs;
  };
  // The first one reads the configuration, and keeps what it found.
  await time("__complete", "bash", ...words);
  const versions: number[] = [];
  const completions: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    versions.push(await time("--version"));
    completions.push(await time("__complete", "bash", ...words));
  }
  expect(Math.min(...completions)).toBeLessThanOrEqual(Math.min(...versions) * budget);
});
