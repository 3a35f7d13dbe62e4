import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { LaunchedProcess, ProcessExit } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import { expect } from "vitest";

const program = fileURLToPath(new URL("fixtures/hashing-program.mjs", import.meta.url));

/** How much went one way, and its SHA-256. */
export interface Tally {
  readonly bytes: number;
  readonly sha256: string;
}

/** What a hashing program does: it writes what it reads, only reads, or writes until its stdin ends. */
export type TalliedMode = "echo" | "sink" | "source";

/** A hashing program, with everything that goes either way counted and hashed at this end too. */
export interface Tallied {
  readonly process: LaunchedProcess;
  /** Bytes of stdout so far. */
  readonly receivedBytes: number;
  /** Bytes given to {@link write} so far. */
  readonly sentBytes: number;
  /** Sends bytes; settles when the kernel took them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends its stdin and waits for its end. */
  finish(): Promise<ProcessExit>;
  /** Checks that both ends saw the same bytes both ways. Once, after {@link finish}. */
  check(): void;
}

/** How a hashing program is started and read. */
export interface TalliedOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Takes what comes on stdout before credit is given back. @default nothing */
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
  /** When credit is given back. @default at once */
  readonly pace?: ((chunk: Uint8Array) => Promise<void>) | undefined;
}

/** Starts a hashing program in a session. */
export async function launchTallied(
  session: ExecutorSession,
  mode: TalliedMode,
  { env, onOutput, pace }: TalliedOptions = {},
): Promise<Tallied> {
  const sent = createTally();
  const received = createTally();
  let stderr = "";
  const launched: { process?: LaunchedProcess } = {};
  const process = await session.launcher.launch(
    { program: globalThis.process.execPath, args: [program, mode], env: { set: env } },
    {
      onOutput: (name, chunk) => {
        if (name === "stderr") stderr += Buffer.from(chunk).toString();
        else {
          received.add(chunk);
          onOutput?.(chunk);
        }
        const giveBack = (): void => launched.process?.consumed(name, chunk.length);
        if (name === "stderr" || pace === undefined) giveBack();
        else void pace(chunk).then(giveBack);
      },
    },
  );
  launched.process = process;
  return {
    process,
    get receivedBytes() {
      return received.bytes;
    },
    get sentBytes() {
      return sent.bytes;
    },
    write: (bytes) => {
      sent.add(bytes);
      return process.write(bytes);
    },
    finish: async () => {
      await process.closeStdin();
      return process.closed;
    },
    check: () => {
      const told: unknown = JSON.parse(stderr);
      expect(told).toEqual({ read: sent.told(), wrote: received.told() });
    },
  };
}

function createTally(): { readonly bytes: number; add(chunk: Uint8Array): void; told(): Tally } {
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    add: (chunk) => {
      bytes += chunk.length;
      hash.update(chunk);
    },
    told: () => ({ bytes, sha256: hash.digest("hex") }),
  };
}
