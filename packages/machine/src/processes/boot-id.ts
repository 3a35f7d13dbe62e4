import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Where other systems than Linux name their boot. */
const bootSysctls: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "kern.bootsessionuuid",
  freebsd: "kern.boot_id",
};

/** A program of the system that does not answer at once is not waited for. */
const patienceMs = 2_000;

let known = "";

/**
 * Names this boot of this machine; empty where the system does not tell. Asked once, for it may cost starting a program.
 * @throws Error of the system where it cannot tell only now, as without free file descriptors
 */
export function readBootId(): string {
  if (known === "") known = readBootIdOf(process.platform, readSysctl);
  return known;
}

/** The same on a given platform. @param sysctl tells a fact of the system's core by its name */
export function readBootIdOf(platform: NodeJS.Platform, sysctl: (name: string) => string): string {
  const name = bootSysctls[platform];
  try {
    return name === undefined
      ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
      : sysctl(name).trim();
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

/** Asks the program of the system. @throws Error where there is none, or no such name */
export function readSysctl(name: string): string {
  // Some systems keep it where only root's PATH leads.
  const env = { PATH: "/sbin:/usr/sbin:/bin:/usr/bin" };
  return execFileSync("sysctl", ["-n", name], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: patienceMs,
  });
}

/** Whether the system does not tell it, ever; with too few files at the moment it would only seem so. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code !== "EMFILE" && code !== "ENFILE" && code !== "ENOMEM";
}
