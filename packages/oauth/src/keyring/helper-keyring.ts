import { randomBytes } from "node:crypto";
import {
  formatRequest,
  type KeyringOperation,
  type OperationAnswer,
  parseAnswers,
} from "./helper-protocol.js";
import type { Keyring, KeyringUnavailable } from "./keyring.js";

/** What a run of the helper may cost before it is killed. */
export interface HelperLimits {
  readonly timeoutMs: number;
  readonly outputBytes: number;
}

/** How a run of the helper ended. */
export interface HelperRun {
  readonly stdout: string;
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  /** It was killed because its time was over. */
  readonly timedOut: boolean;
}

/**
 * Runs the program {@link keyringHelperProgram} once: writes the request, which holds secrets, to its stdin, keeps that
 * open, and collects its stdout. It must be able to kill it. May reject where the program cannot be started.
 */
export type RunHelper = (request: string, limits: HelperLimits) => Promise<HelperRun>;

/** How a keyring is reached through its helper. */
export interface HelperKeyringOptions {
  readonly runHelper: RunHelper;
  /** Milliseconds, of any clock that does not jump. @default that of this process */
  readonly now?: (() => number) | undefined;
}

/** On a bus that never answers an operation would take for ever; a working one takes a tenth of a second. */
const limits: HelperLimits = { timeoutMs: 3_000, outputBytes: 1024 * 1024 };

/**
 * Milliseconds for which a keyring that did not answer is not asked again, or every call would take three seconds: twice as
 * long after each further time, because most such never come back, and some ask a person who has just gone.
 */
const silentForMs = { first: 60_000, longest: 1_800_000 };

/**
 * Makes a keyring of which every operation runs in a process of its own, because the library blocks the thread, for ever
 * on a bus that never answers, and then only killing the process helps.
 */
export function createHelperKeyring({
  runHelper,
  now = () => performance.now(),
}: HelperKeyringOptions): Keyring {
  let silent: { readonly untilMs: number; readonly answer: KeyringUnavailable } | undefined;
  let nextSilentMs = silentForMs.first;

  async function run(operations: readonly KeyringOperation[]): Promise<readonly OperationAnswer[]> {
    if (silent !== undefined && now() < silent.untilMs) return [silent.answer];
    silent = undefined;
    const ended = await runHelper(formatRequest(operations), limits).catch(() => undefined);
    // What a failed start says may quote what was to be written.
    if (ended === undefined) return [unavailable("the program that asks it cannot be started")];
    if (ended.timedOut) {
      const answer = unavailable(`it did not answer within ${limits.timeoutMs} ms`);
      silent = { untilMs: now() + nextSilentMs, answer };
      nextSilentMs = Math.min(nextSilentMs * 2, silentForMs.longest);
      return [answer];
    }
    nextSilentMs = silentForMs.first;
    const answers = parseAnswers(ended.stdout);
    if (answers !== undefined) return answers;
    const how = ended.exitCode === null ? "was killed" : `ended with code ${ended.exitCode}`;
    return [unavailable(`the program that asks it ${how} without an answer`)];
  }

  return {
    async get(account) {
      const answer = (await run([{ do: "get", account }])).at(-1);
      return answer?.kind === "found" || answer?.kind === "absent" ? answer : failureOf(answer);
    },
    async set(account, value) {
      const answer = (await run([{ do: "set", account, value }])).at(-1);
      return answer?.kind === "done" ? { kind: "done" } : failureOf(answer);
    },
    async remove(account) {
      const answer = (await run([{ do: "remove", account }])).at(-1);
      return answer?.kind === "done" || answer?.kind === "absent" ? { kind: answer.kind } : failureOf(answer);
    },
    async probe() {
      const account = `probe-${randomBytes(8).toString("hex")}`;
      const value = randomBytes(16).toString("hex");
      const answers = await run([
        { do: "set", account, value },
        { do: "get", account },
        { do: "remove", account },
      ]);
      const [stored, got, removed] = answers;
      if (stored?.kind !== "done" || got === undefined || removed === undefined)
        return failureOf(answers.at(-1));
      if (got.kind !== "found" || got.value !== value)
        return unavailable("it does not keep what it is given");
      return removed.kind === "done" ? { kind: "done" } : failureOf(removed);
    },
  };
}

function failureOf(answer: OperationAnswer | undefined): KeyringUnavailable {
  return answer?.kind === "unavailable" ? answer : unavailable("its answer makes no sense");
}

function unavailable(reason: string): KeyringUnavailable {
  return { kind: "unavailable", reason };
}
