import { readFileSync, writeFileSync } from "node:fs";

/**
 * What a crash of this process leaves behind. `off`: no core file; `empty`: one without its memory; `unknown`: whatever the
 * system is set up to do.
 */
export type CoreDumps = "off" | "empty" | "unknown";

/** Where util-linux puts its programs; ours are not looked up on anybody's PATH. */
const systemPath = "/usr/bin:/bin:/run/current-system/sw/bin";

/**
 * Sees to it that a crash writes no memory, and with it no token, to a file: neither of this process nor of those that it
 * starts from now on. Node cannot set limits, so on Linux `prlimit` does it, and only where the limit is not 0 already; until
 * then, and where there is no `prlimit`, the kernel is told to leave memory out. Other systems: see docs/hardening.md.
 * Never rejects.
 */
export async function forbidCoreDumps(): Promise<CoreDumps> {
  if (process.platform !== "linux") return "unknown";
  const isEmpty = leaveMemoryOut();
  if (isOff()) return "off";
  await lowerLimit().catch(() => {
    // What it came to is read back.
  });
  if (isOff()) return "off";
  return isEmpty ? "empty" : "unknown";
}

/** Children inherit it, as they do the limit. */
function leaveMemoryOut(): boolean {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
    return true;
  } catch {
    return false;
  }
}

function isOff(): boolean {
  try {
    return coreLimitOf(readFileSync("/proc/self/limits", "utf8")) === "0";
  } catch {
    return false;
  }
}

/** The soft limit of core files in the text of `/proc/PID/limits`: a number of bytes, or `unlimited`. */
export function coreLimitOf(limits: string): string | undefined {
  return /^Max core file size +(\S+)/m.exec(limits)?.[1];
}

async function lowerLimit(): Promise<void> {
  // Loaded only here: a relay is to stay as small as a bare Node.
  const { resolveProgram } = await import("../programs/resolve-program.js");
  const { execFile } = await import("node:child_process");
  const program = await resolveProgram("prlimit", { env: { PATH: systemPath }, cwd: "/" });
  await new Promise<void>((resolve, reject) => {
    const args = ["--pid", String(process.pid), "--core=0:0"];
    execFile(program, args, { env: {}, cwd: "/", timeout: 5_000 }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
