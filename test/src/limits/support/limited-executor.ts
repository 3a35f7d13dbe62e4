import {
  createDeferred,
  type ExecutorLimits,
  type FairleadError,
  type LaunchedProcess,
} from "@fairlead/core";
import { type Executor, startExecutor } from "@fairlead/executor";
import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { createMarker, createTempFolder, waitUntilGone } from "@fairlead/testkit";
import { expect } from "vitest";
import { createRawExecutor, type RawExecutor } from "../../failures/support/raw-executor.js";

/** An executor in this process with limits low enough to reach. Disposing it ends it and checks that nothing is left. */
export interface LimitedExecutor extends AsyncDisposable {
  readonly executor: Executor;
  /** `unix://…` */
  readonly url: string;
  /** A client that keeps no rule by itself. */
  readonly raw: RawExecutor;
  /** What every process must have in its environment, as `MARKER`. */
  readonly marker: string;
  /** Opens one more session of a proper client. */
  open(detachTtlMs?: number): Promise<ExecutorSession>;
}

/** Starts one. @param limits those that are not told are the default ones */
export async function startLimited(limits: Partial<ExecutorLimits>): Promise<LimitedExecutor> {
  const folder = await createTempFolder("fl-");
  const marker = createMarker();
  const bugs: string[] = [];
  const executor = await startExecutor({
    listen: `unix://${folder.file("x.sock")}`,
    stateDir: folder.path,
    version: "0",
    limits,
    onInternalError: (error: FairleadError, where) => bugs.push(`${where}: ${error.message}`),
  });
  const raw = createRawExecutor(executor.address);
  const url = executor.address;
  return {
    executor,
    url,
    raw,
    marker,
    open: (detachTtlMs) =>
      connectExecutor({ url, name: "far", clientName: "test", clientVersion: "0", detachTtlMs }),
    [Symbol.asyncDispose]: async () => {
      raw[Symbol.dispose]();
      await executor.close({ stdinGraceMs: 0, termGraceMs: 500 });
      await folder[Symbol.asyncDispose]();
      await waitUntilGone(marker, { withinMs: 2_000 });
      expect(bugs).toEqual([]);
    },
  };
}

/** Launches a shell script that a test owns. @param env beside the marker */
export function launch(
  session: ExecutorSession,
  { marker }: Pick<LimitedExecutor, "marker">,
  script = "read -r line",
): Promise<LaunchedProcess> {
  return session.launcher.launch(
    { program: "/bin/sh", args: ["-c", script], env: { set: { MARKER: marker } } },
    { onOutput: () => {} },
  );
}

/** Somebody else's work on the same executor, which no refusal may disturb. */
export interface Bystander {
  /** Sends a line through its process and back. */
  echo(text: string): Promise<void>;
}

/** Starts `cat` in a session of its own. */
export async function startBystander(limited: LimitedExecutor): Promise<Bystander> {
  const session = await limited.open();
  let waiting = createDeferred<string>();
  let text = "";
  const launched: { process?: LaunchedProcess } = {};
  const process = await session.launcher.launch(
    { program: "cat", args: [], env: { set: { MARKER: limited.marker } } },
    {
      onOutput: (name, chunk) => {
        launched.process?.consumed(name, chunk.length);
        text += Buffer.from(chunk).toString("utf8");
        if (text.endsWith("\n")) waiting.resolve(text);
      },
    },
  );
  launched.process = process;
  return {
    async echo(sent) {
      text = "";
      waiting = createDeferred<string>();
      await process.write(Buffer.from(`${sent}\n`));
      expect(await waiting.promise).toBe(`${sent}\n`);
    },
  };
}
