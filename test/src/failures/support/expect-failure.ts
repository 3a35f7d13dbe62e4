import type { ErrorCode, ErrorReason } from "@fairlead/core";
import { type CommandResult, processesWithMarker, waitUntil } from "@fairlead/testkit";
import { expect } from "vitest";
import { type Scene, type SceneRunOptions, secrets } from "./scene.js";

/** How {@link expectFailure} runs its command. */
export interface FailureOptions extends SceneRunOptions {
  /** Processes of the scene that were there before and stay: its executors. */
  readonly stillRunning?: readonly number[] | undefined;
}

/** What a failing command must tell. */
export interface ExpectedFailure {
  readonly exit: number;
  readonly code: ErrorCode;
  readonly reason: ErrorReason;
  /** Parts of the sentence: which thing, where, what to do. */
  readonly tells: readonly (string | RegExp)[];
}

/** The line of JSON that a failing command prints. */
export interface FailureLine {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/**
 * Runs a command twice, for people and for programs: each time one error on stderr (for people with the server's last words
 * behind it), the exit code of the table, nothing on stdout, no stack trace, no secret, and nothing left running or lying
 * about.
 * @returns what programs got
 */
export async function expectFailure(
  scene: Scene,
  args: readonly string[],
  expected: ExpectedFailure,
  options: FailureOptions = {},
): Promise<FailureLine["error"]> {
  const [plain, json] = await Promise.all([
    scene.fairlead(args, options),
    scene.fairlead(withJson(args), options),
  ]);
  const { error } = JSON.parse(expectOneLine(json, expected.exit)) as FailureLine;
  const [sentence = "", ...words] = expectLines(plain, expected.exit);
  for (const part of expected.tells) expect(sentence).toMatch(part);
  expect(words).toEqual(lastWordsOf(error));
  expect(error).toMatchObject({ code: expected.code, details: { reason: expected.reason } });
  expect(maskNumbers(sentence)).toBe(`fairlead: ${maskNumbers(error.message)}`);
  await expectNothingLeft(scene, options.stillRunning);
  return error;
}

/** Two runs may count differently: lines of junk, milliseconds. */
function maskNumbers(text: string): string {
  return text.replaceAll(/\d+/g, "N");
}

/** Own flags stand before `--`. */
function withJson(args: readonly string[]): readonly string[] {
  const separator = args.indexOf("--");
  return separator < 0 ? [...args, "--json"] : args.toSpliced(separator, 0, "--json");
}

/** Checks how a command failed. @returns its one line on stderr */
export function expectOneLine(result: CommandResult, exit: number): string {
  const lines = expectLines(result, exit);
  expect(lines, result.stderr).toHaveLength(1);
  return lines[0] ?? "";
}

function expectLines(result: CommandResult, exit: number): readonly string[] {
  expectClean(result);
  expect(result, result.stderr).toMatchObject({ code: exit, signal: null, stdout: "" });
  return result.stderr.split("\n").filter((line) => line !== "");
}

/** What people are shown of what a server said last. */
function lastWordsOf({ details }: FailureLine["error"]): readonly string[] {
  const { server, stderrTail } = details;
  if (typeof stderrTail !== "string") return [];
  const lines = stderrTail.split("\n").filter((line) => line !== "");
  return lines.map((line) => `[${String(server)}] ${line}`);
}

/** Neither a stack trace nor a secret in anything that was printed. */
export function expectClean({ stdout, stderr }: Pick<CommandResult, "stdout" | "stderr">): void {
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(/^\s+at /m);
    expect(text).not.toMatch(/node:internal|\.js:\d+:\d+/);
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  }
}

/** No process with the scene's marker but for the named ones, and no socket folder. */
export async function expectNothingLeft(scene: Scene, stillRunning: readonly number[] = []): Promise<void> {
  await waitUntil(() => processesWithMarker(scene.marker).every(({ pid }) => stillRunning.includes(pid)), {
    withinMs: 1_000,
    what: () => `The end of ${describeProcesses(scene.marker)}`,
  });
  expect(await scene.leftovers()).toEqual([]);
}

/** For an error message; environments stay out. */
function describeProcesses(marker: string): string {
  return processesWithMarker(marker)
    .map(({ pid, state, cmdline }) => `${pid} (${state}) ${cmdline.join(" ")}`)
    .join("; ");
}
