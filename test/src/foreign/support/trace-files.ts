import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { binaryCommand, type CommandResult, runCommand } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

const strace = "/usr/bin/strace";

/**
 * Whether system calls can be watched here. Where they cannot, the reason is printed; in a CI that could have installed strace that
 * is a failure instead.
 */
export function canTraceFiles(): boolean {
  if (existsSync(strace)) return true;
  const canBeHad = process.platform === "linux" && existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
  if (canBeHad && process.env["CI"] === "true") throw new Error("strace is missing; .ci/run installs it");
  process.stderr.write("skipped, who touches which files: strace is not installed\n");
  return false;
}

/** A command, and every path that it or a process below it gave to the system. */
export interface TracedCommand extends CommandResult {
  /** System calls with the paths in them, as strace writes them; of a program that is started its file, not its arguments. */
  readonly touches: readonly string[];
}

/** Runs `fairlead` in a scene under the eyes of strace. @param label names the file of the trace */
export async function traceFairlead(
  scene: Scene,
  label: string,
  args: readonly string[],
): Promise<TracedCommand> {
  const trace = scene.folder.file(`${label}.strace`);
  const watch = [strace, "-f", "-qq", "--seccomp-bpf", "-s", "4096", "-e", "trace=%file", "-o", trace];
  const ran = await runCommand([...watch, ...binaryCommand("fairlead"), ...args], {
    env: scene.env,
    cwd: scene.folder.path,
  });
  const lines = (await readFile(trace, "utf8")).split("\n").filter((line) => line !== "");
  return { ...ran, touches: lines.map((line) => line.replace(/(execve\("(?:[^"\\]|\\.)*").*/, "$1")) };
}
