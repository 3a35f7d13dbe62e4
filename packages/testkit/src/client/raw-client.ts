import type { ChildProcess } from "node:child_process";
import { FairleadError } from "@fairlead/core";
import { spawnGroup } from "../commands/process-group.js";
import { LineSplitter } from "./line-splitter.js";
import { MessageInbox, parseMessage } from "./message-inbox.js";
import { type Envelope, withEnvelope } from "./modern-envelope.js";
import { createPeerMethods, type RawPeer } from "./raw-peer.js";

/** How long the output of a program that has ended is waited for. */
const lastWordsMs = 1_000;

/** Where and with what environment a raw client's server runs. */
export interface RawClientOptions {
  /** The whole environment. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  /** Speaks the era without a handshake: messages that are not sent raw get this envelope. @default legacy */
  readonly modern?: Envelope | undefined;
}

/** How a server ended. */
export interface RawClientExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** When, on the clock of `performance.now()`. */
  readonly atMs: number;
}

/**
 * A JSON-RPC peer of a process's stdin and stdout that checks nothing and hides nothing. Whoever spawned it owns it:
 * disposing kills the whole process group at once and waits for the end of the process.
 */
export interface RawClient extends RawPeer {
  readonly pid: number;
  /** The bytes of every line received so far, without the newline. */
  readonly lines: readonly Buffer[];
  /** Received lines that are not JSON objects: a well-behaved server sends none. */
  readonly junk: readonly string[];
  /** Settles when the process has ended and its last words were read; 1 s later where something holds its output. Never rejects. */
  readonly exited: Promise<RawClientExit>;
  /** Sends one message; settles when the pipe has taken it. @throws FairleadError `unavailable`, reason `stdin_closed` */
  send(message: object): Promise<void>;
  /** Sends bytes as they are, no newline added. @throws as {@link send} */
  sendRaw(bytes: string | Uint8Array): Promise<void>;
  /** What came on stderr so far. */
  stderr(): string;
  closeStdin(): void;
  /** Sends a signal to the process alone, so that a test can see who outlives it. */
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a stdio server and talks to it raw.
 * @throws FairleadError reason `program_not_found` or `spawn_failed`
 */
export async function spawnRawClient(
  argv: readonly string[],
  options: RawClientOptions = {},
): Promise<RawClient> {
  const leader = await spawnGroup(argv, { env: { ...(options.env ?? process.env) }, cwd: options.cwd });
  const { child } = leader;
  const stderr = collectText(child);
  let exit: RawClientExit | undefined;
  const exited = new Promise<RawClientExit>((resolve) => {
    child.once("exit", (code, signal) => {
      const ended = { code, signal, atMs: performance.now() };
      exit = ended;
      // Its last words may still lie in the pipes; a grandchild that holds them is not waited for.
      const late = setTimeout(() => resolve(ended), lastWordsMs);
      child.once("close", () => {
        clearTimeout(late);
        resolve(ended);
      });
    });
  });
  const inbox = new MessageInbox(() => {
    const state = exit === undefined ? "runs" : `has ended (code ${exit.code}, signal ${exit.signal})`;
    return `${argv.join(" ")} ${state}. stderr: ${stderr().slice(-4_000) || "(empty)"}`;
  });
  const { lines, junk } = readMessages(child, inbox);
  const sendRaw = writer(child);

  return {
    ...createPeerMethods(inbox, (text) => {
      const enveloped = options.modern === undefined ? text : withEnvelope(text, options.modern);
      return { sent: sendRaw(`${enveloped}\n`) };
    }),
    pid: leader.pid,
    lines,
    junk,
    exited,
    sendRaw,
    stderr,
    closeStdin: () => child.stdin?.end(),
    kill: (signal) => {
      child.kill(signal);
    },
    [Symbol.asyncDispose]: async () => {
      leader.kill("SIGKILL");
      await exited;
      for (const stream of child.stdio) stream?.destroy();
      inbox.end();
      leader.release();
    },
  };
}

function collectText(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

function readMessages(child: ChildProcess, inbox: MessageInbox): { lines: Buffer[]; junk: string[] } {
  const lines: Buffer[] = [];
  const junk: string[] = [];
  const splitter = new LineSplitter((line) => {
    lines.push(line);
    const text = line.toString("utf8");
    const message = parseMessage(text);
    if (message === undefined) junk.push(text);
    else inbox.add(message, text);
  });
  child.stdout?.on("data", (chunk: Buffer) => splitter.push(chunk));
  child.stdout?.once("end", () => splitter.end());
  child.stdout?.once("close", () => inbox.end());
  return { lines, junk };
}

function writer(child: ChildProcess): (bytes: string | Uint8Array) => Promise<void> {
  const { stdin } = child;
  // Each write reports its own failure; without a listener the same error would end the test process.
  stdin?.on("error", () => undefined);
  return (bytes) =>
    new Promise((resolve, reject) => {
      const done = (cause: Error | null | undefined): void => {
        if (cause === null || cause === undefined) resolve();
        else {
          const text = "The server's stdin is closed; the message was not taken";
          reject(new FairleadError("unavailable", text, { cause, reason: "stdin_closed" }));
        }
      };
      if (stdin === null) done(new Error("the process has no stdin"));
      else stdin.write(bytes, done);
    });
}
