import { createDeferred, type LaunchedProcess } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";

/** A script that ignores everything but SIGKILL. */
export const stubbornScript = "trap '' TERM HUP INT; echo ready; while :; do sleep 1; done";

/** A script that runs on an executor. */
export interface Launched {
  readonly process: LaunchedProcess;
  /** Settles with its first line. */
  readonly ready: Promise<string>;
}

/**
 * Runs a shell script on an executor. The marker is its `$0` and stands in the environment, so that all of its
 * descendants can be counted. A script without a line of its own says `ready` first.
 */
export async function launchScript(
  session: ExecutorSession,
  marker: string,
  script: string,
): Promise<Launched> {
  const ready = createDeferred<string>();
  let text = "";
  const launched: { process?: LaunchedProcess } = {};
  const process = await session.launcher.launch(
    {
      program: "/bin/sh",
      args: ["-c", script.includes("echo") ? script : `echo ready; ${script}`, marker],
      env: { set: { SCENE_MARKER: marker } },
    },
    {
      onOutput: (name, chunk) => {
        launched.process?.consumed(name, chunk.length);
        text += Buffer.from(chunk).toString("utf8");
        const end = text.indexOf("\n");
        if (end >= 0) ready.resolve(text.slice(0, end));
      },
    },
  );
  launched.process = process;
  return { process, ready: ready.promise };
}
