import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const endsWithinMs = 10_000;

/**
 * Starts a program whose first line of output says that it is ready. Its stdin ends with this process, so that it can end
 * too.
 * @returns that line, the pid, and `close`, which sends SIGTERM and waits
 */
export async function startProgram(argv, { env, what = argv[0] } = {}) {
  const [program, ...args] = argv;
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4_000);
  });
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([text]) => text),
    once(child, "exit").then(() => undefined),
    once(child, "error").then(([error]) => Promise.reject(error)),
  ]);
  if (line === undefined) throw new Error(`${what} ended before it was ready. It said: ${stderr.trim()}`);
  return { line, pid: child.pid, stderr: () => stderr, close: () => endProgram(child, what) };
}

/** Sends SIGTERM and waits; what does not listen is killed, and that is an error. */
export async function endProgram(child, what) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endsWithinMs);
  const [, signal] = await exited;
  clearTimeout(timer);
  if (signal === "SIGKILL") throw new Error(`${what} did not end within ${endsWithinMs} ms of SIGTERM`);
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid) {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} tells no resident memory`);
  return Number(kibibytes) * 1024;
}
