import { createDeferred } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import type { SeededRandom } from "@fairlead/testkit";
import { expect } from "vitest";
import { launchTallied, type Tallied, type TalliedOptions } from "./tallied.js";

/** Several processes that read and write all the time. */
export interface Load {
  /** Settles once every one of them got on. @returns the milliseconds that it took */
  progress(): Promise<number>;
  /** Lets all of them end and checks that every byte of both directions came once and in order. */
  finish(): Promise<LoadSums>;
}

/** What a load moved. */
export interface LoadSums {
  readonly echoedBytes: number;
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  readonly answers: number;
}

interface Worker {
  readonly tallied: Tallied;
  /** Settles when it has stopped writing. */
  readonly over: Promise<void>;
}

/** Bytes that one write has at most. */
const largestWriteBytes = 48 * 1024;
/** Writes that wait for the kernel at the same time. */
const writesUnderWay = 8;

/**
 * Starts an echo of blocks, an upload, a download and a talk of small messages in a session, each with its own hash of
 * either direction.
 */
export async function startLoad(session: ExecutorSession, random: SeededRandom): Promise<Load> {
  const state = { isEnding: false };
  const beats: Beat[] = [];
  const beat = (): Beat => {
    const made = createBeat();
    beats.push(made);
    return made;
  };

  /** Writes blocks of all sizes, several at a time; settled writes and output are its progress. */
  const pour = async (mode: "echo" | "sink"): Promise<Worker> => {
    const written = beat();
    const output = mode === "echo" ? beat() : undefined;
    const tallied = await launchTallied(session, mode, { onOutput: () => output?.strike() });
    const writeAll = async (): Promise<void> => {
      while (!state.isEnding) {
        await tallied.write(random.bytes(random.integer(1, largestWriteBytes)));
        written.strike();
      }
    };
    return { tallied, over: all(Array.from({ length: writesUnderWay }, writeAll)) };
  };

  const talk = async (): Promise<Worker & { readonly answers: () => number }> => {
    const answered = beat();
    const messages = createLineReader();
    const tallied = await launchTallied(session, "echo", { onOutput: (chunk) => messages.take(chunk) });
    let answers = 0;
    const talkOn = async (): Promise<void> => {
      while (!state.isEnding) {
        const message = `${answers} ${"m".repeat(random.integer(0, 100))}`;
        const [answer] = await Promise.all([messages.next(), tallied.write(Buffer.from(`${message}\n`))]);
        expect(answer).toBe(message);
        answers += 1;
        answered.strike();
      }
    };
    return { tallied, over: talkOn(), answers: () => answers };
  };

  const download = await listen(session, beat());
  const [echo, upload, talker] = [await pour("echo"), await pour("sink"), await talk()];
  const workers = [download, echo, upload, talker];
  const failed = Promise.all(workers.map(({ over }) => over));
  return {
    progress: async () => {
      const startedAtMs = performance.now();
      await Promise.race([all(beats.map((each) => each.next())), failed]);
      return performance.now() - startedAtMs;
    },
    finish: async () => {
      state.isEnding = true;
      await failed;
      for (const { tallied } of workers) {
        expect(await tallied.finish()).toEqual({ reason: "exited", code: 0, signal: null });
        tallied.check();
      }
      return {
        echoedBytes: echo.tallied.receivedBytes,
        uploadedBytes: upload.tallied.sentBytes,
        downloadedBytes: download.tallied.receivedBytes,
        answers: talker.answers(),
      };
    },
  };
}

async function listen(session: ExecutorSession, beat: Beat): Promise<Worker> {
  const onOutput: TalliedOptions["onOutput"] = () => beat.strike();
  return { tallied: await launchTallied(session, "source", { onOutput }), over: Promise.resolve() };
}

interface Beat {
  strike(): void;
  /** The next one. */
  next(): Promise<void>;
}

function createBeat(): Beat {
  let waiting = createDeferred<void>();
  return {
    strike: () => {
      waiting.resolve();
      waiting = createDeferred<void>();
    },
    next: () => waiting.promise,
  };
}

function createLineReader(): { take(chunk: Uint8Array): void; next(): Promise<string> } {
  let text = "";
  let wanted: ((line: string) => void) | undefined;
  const look = (): void => {
    const end = text.indexOf("\n");
    if (end < 0 || wanted === undefined) return;
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    const give = wanted;
    wanted = undefined;
    give(line);
  };
  return {
    take: (chunk) => {
      text += Buffer.from(chunk).toString("latin1");
      look();
    },
    next: () =>
      new Promise((resolve) => {
        wanted = resolve;
        look();
      }),
  };
}

async function all(promises: readonly Promise<unknown>[]): Promise<void> {
  await Promise.all(promises);
}
