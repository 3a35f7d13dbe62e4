import {
  createId,
  FairleadError,
  isFairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchOptions,
  type LaunchSpec,
} from "@fairlead/core";
import { type StartResponse__Output, type StopResponse__Output, toStartRequest } from "@fairlead/wire";
import type { SessionHandle } from "../session/session-handle.js";
import { RemoteProcess } from "./remote-process.js";

/** Makes the launcher of a session: what it launches runs on the executor. @param labels see `ConnectOptions.labels` */
export function createLauncher(session: SessionHandle, labels?: LaunchSpec["labels"]): Launcher {
  if (labels === undefined) return { launch: (spec, options) => launch(session, spec, options) };
  return {
    launch: (spec, options) => launch(session, { ...spec, labels: { ...labels, ...spec.labels } }, options),
  };
}

async function launch(
  session: SessionHandle,
  spec: LaunchSpec,
  { onOutput, signal }: LaunchOptions,
): Promise<LaunchedProcess> {
  if (spec.shellProfile === true) checkShellProfile(session);
  const processId = createId("p");
  const request = toStartRequest(spec, { opId: createId("o"), processId });
  const started = await session
    .call<StartResponse__Output>({
      signal,
      start: (connection, done) => connection.control.process.start(request, connection.metadata(), done),
    })
    .catch((error: unknown) => {
      // A start that was cancelled or not answered may have started it all the same; nobody would ever stop it.
      if (!isFairleadError(error) || error.effect !== "none") stopQuietly(session, processId);
      throw error;
    });
  const process = new RemoteProcess(
    session,
    { processId, isTerminal: spec.stdio?.mode === "pty", ...started },
    onOutput,
  );
  if (signal?.aborted !== true) return process;
  await process.stop({ stdinGraceMs: 0, termGraceMs: 0 });
  throw new FairleadError("canceled", `${session.what}: the launch was cancelled`);
}

/** An executor that does not know it would start the program without. @throws FairleadError reason `feature_missing` */
function checkShellProfile({ features, what }: SessionHandle): void {
  if (features.includes("shell_profile")) return;
  throw new FairleadError(
    "unavailable",
    `${what} starts no programs with the profile of a shell: it is too old, or runs on Windows. Update it, or set shell_profile to false`,
    { reason: "feature_missing", effect: "none", details: { feature: "shell_profile" } },
  );
}

function stopQuietly(session: SessionHandle, processId: string): void {
  const request = { opId: createId("o"), processId, stopTimes: { stdinGraceMs: 0, termGraceMs: 0 } };
  // It fails if nothing was started, or if the session is over and ends everything itself.
  session
    .call<StopResponse__Output>({
      waits: true,
      start: (connection, done) => connection.control.process.stop(request, connection.metadata(), done),
    })
    .catch(() => {});
}
