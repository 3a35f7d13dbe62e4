import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { createDeferred, FairleadError, type StopTimes, settlesWithinMs, untilAborted } from "@fairlead/core";
import { withTreeId } from "../../processes/launch-checks.js";
import { type SpawnRequest, spawnProcess } from "../../processes/spawn-child.js";
import { throughShellIfRaw } from "../../programs/raw-start.js";
import type { LaunchedTree } from "../../trees/launched-tree.js";
import type { TreeRegister } from "../../trees/tree-keeper.js";
import { treeCookieName } from "../environment-names.js";

/** More than any environment; a shell that writes without end is given up there. */
const longestAnswerBytes = 4 * 1024 * 1024;
/** How long output may come behind the end of the shell: it is in the pipe already. */
const lastOutputMs = 500;
/** A shell that has answered may save its history. */
const answeredTimes: StopTimes = { stdinGraceMs: 500, termGraceMs: 500 };
/** One that has not is told at once; what it is in the middle of may take its locks away. */
const silentTimes: StopTimes = { stdinGraceMs: 0, termGraceMs: 1_000 };

/** Which shell is asked, and how. */
export interface ShellQuestion {
  /** An absolute path. */
  readonly shell: string;
  /** What it is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** An existing folder, absolute. */
  readonly cwd: string;
  /** What it runs after the profile, for `/bin/sh`: prints the answer. It must hold no single quote. */
  readonly script: string;
  /** How long profile and answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Keeps account of whatever the profile starts, all of which is ended. */
  readonly register: TreeRegister;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lets a user's shell read its profile as for a login in a terminal, and then answer. It has a session of its own and no input.
 * What the profile prints is not taken for the answer, and what it starts does not outlive it.
 * @throws FairleadError `deadline_exceeded`, `canceled`, or `unavailable` for a shell that gave no answer
 */
export async function askShell(question: ShellQuestion): Promise<Buffer> {
  const { shell, env, cwd, script, register, timeoutMs } = question;
  const begin = makeMark();
  const end = makeMark();
  // Every shell knows exec and single quotes; what is said in sh means the same everywhere.
  const line = `exec /bin/sh -c '${begin.print}; ${script}; ${end.print}'`;
  const tree = await register.prepare({ program: basename(shell), labels: {} });
  const start = throughShellIfRaw({ program: shell, args: ["-i", "-l", "-c", line], env });
  let born: LaunchedTree | undefined;
  const request: SpawnRequest = {
    ...start,
    cwd,
    env: withTreeId(start.env, tree.cookie, env[treeCookieName]),
    enclose: tree.spawning,
    onSpawned: (root) => {
      born = tree.started({ ...root, name: basename(shell) });
    },
  };
  const exited = createDeferred<string>();
  let answer: Promise<Buffer>;
  try {
    const child = await spawnProcess(request, { stdio: ["ignore", "pipe", "ignore"], leads: true });
    child.once("exit", (code, signal) => {
      void born?.rootEnded();
      exited.resolve(signal === null ? `with code ${code ?? "unknown"}` : `by ${signal}`);
    });
    if (child.stdout === null) throw new FairleadError("internal", "Node made no pipe");
    answer = readAnswer(child.stdout, {
      begin: begin.text,
      end: end.text,
      exited: exited.promise,
      shell,
    });
    answer.catch(() => {});
  } catch (error) {
    await (born === undefined ? tree.abandon() : endTree(born, silentTimes, exited.promise).catch(() => {}));
    throw error;
  }
  try {
    const given = await withinTime(answer, timeoutMs, question);
    if (born !== undefined) await endTree(born, answeredTimes, exited.promise);
    return given;
  } catch (error) {
    if (born !== undefined) await endTree(born, silentTimes, exited.promise);
    throw error;
  }
}

/** Random, and said in two parts, so that neither a profile nor a shell that repeats its command line prints it. */
function makeMark(): { readonly text: string; readonly print: string } {
  const [one, other] = [randomBytes(8).toString("hex"), randomBytes(8).toString("hex")];
  return { text: `<${one}${other}>`, print: `printf "<%s%s>" ${one} ${other}` };
}

interface AnswerMarks {
  readonly begin: string;
  readonly end: string;
  readonly exited: Promise<string>;
  readonly shell: string;
}

function readAnswer(stdout: Readable, { begin, end, exited, shell }: AnswerMarks): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    let began = false;
    const settle = (act: () => void): void => {
      stdout.off("data", take);
      // Whoever still writes is not held up, and not read.
      stdout.destroy();
      act();
    };
    const take = (chunk: Buffer): void => {
      text = Buffer.concat([text, chunk]);
      if (!began) {
        const at = text.indexOf(begin);
        began = at >= 0;
        text = began ? text.subarray(at + begin.length) : text.subarray(-begin.length);
      }
      if (!began) return;
      const at = text.indexOf(end);
      if (at >= 0) settle(() => resolve(text.subarray(0, at)));
      else if (text.length > longestAnswerBytes) settle(() => reject(noAnswer(shell, "wrote without end")));
    };
    stdout.on("data", take);
    stdout.on("error", () => {});
    const closed = new Promise<void>((done) => stdout.once("close", done));
    void exited.then(async (how) => {
      await settlesWithinMs(closed, lastOutputMs);
      settle(() => reject(noAnswer(shell, `ended ${how}`)));
    });
  });
}

/** @throws FairleadError once the time is over or the signal aborts */
async function withinTime(
  answer: Promise<Buffer>,
  timeoutMs: number,
  { shell, signal }: Pick<ShellQuestion, "shell" | "signal">,
): Promise<Buffer> {
  const late = createDeferred<never>();
  const timer = setTimeout(() => late.reject(tooSlow(shell, timeoutMs)), timeoutMs);
  try {
    return await untilAborted(Promise.race([answer, late.promise]), signal, `Asking ${shell}`);
  } finally {
    clearTimeout(timer);
  }
}

async function endTree(tree: LaunchedTree, times: StopTimes, exited: Promise<unknown>): Promise<void> {
  await tree.end({
    times: () => times,
    closeStdin: () => performance.now(),
    destroyStdin: () => {},
    exited,
  });
}

function noAnswer(shell: string, what: string): FairleadError {
  return new FairleadError("unavailable", `${shell} ${what} before it had answered. Check its profile`, {
    reason: "process_exited",
    effect: "none",
    details: { program: shell },
  });
}

function tooSlow(shell: string, timeoutMs: number): FairleadError {
  return new FairleadError(
    "deadline_exceeded",
    `${shell} did not answer within ${timeoutMs / 1_000} s. Check what its profile waits for`,
    { effect: "none", details: { program: shell, timeoutMs } },
  );
}
