import { dirname } from "node:path";
import { hastyStopTimes, settlesWithinMs, toPathUri, untilAborted } from "@fairlead/core";
import { createLocalLauncher, operatingSystemOf, pathConventionOf } from "@fairlead/machine";
import { keyringHelperProgram, type RunHelper } from "@fairlead/oauth";

/** What leads to the keyring of a desktop session, beside the names that every child gets. */
const sessionNames = ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"];

/** It holds nothing that could be saved, and hangs where it is asked to end. */
const killAtOnce = { ...hastyStopTimes, stdinGraceMs: 0, termGraceMs: 0 };

/**
 * Makes what runs the keyring's helper as a child of this process. It gets secrets on its stdin only, and is killed, with
 * all that it started, when its time is over or the signal fires.
 * @param env of this program
 */
export function createRunHelper(env: Readonly<NodeJS.ProcessEnv>, signal?: AbortSignal): RunHelper {
  const launcher = createLocalLauncher({ env });
  return async (request, { timeoutMs, outputBytes }) => {
    const stdout: Uint8Array[] = [];
    await using child = await launcher.launch(
      {
        program: process.execPath,
        args: ["--max-old-space-size=64", keyringHelperProgram],
        cwd: toPathUri(dirname(process.execPath), pathConventionOf(operatingSystemOf())),
        env: { inherit: sessionNames },
        stopTimes: killAtOnce,
        outputLimitBytes: outputBytes,
        labels: { helper: "keyring" },
      },
      { onOutput: (name, chunk) => (name === "stdout" ? void stdout.push(chunk) : undefined) },
    );
    // One that ended before it read everything tells so by its exit.
    await child.write(new TextEncoder().encode(request)).catch(() => {});
    const inTime = settlesWithinMs(child.closed, timeoutMs);
    const timedOut = !(await untilAborted(inTime, signal, "The keyring"));
    if (timedOut) await child.stop(killAtOnce);
    const { code } = await child.closed;
    return { stdout: Buffer.concat(stdout).toString("utf8"), exitCode: code, timedOut };
  };
}
