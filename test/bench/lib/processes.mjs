import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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

/** Whether the memory of other processes can be read here. */
export function canReadMemory() {
  return existsSync("/proc/self/status");
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid) {
  return readMemory(pid, "VmRSS");
}

/** The most resident memory that a process has had in bytes, since its start or since {@link resetPeakResident}. */
export function peakResidentBytes(pid) {
  return readMemory(pid, "VmHWM");
}

/** Lets {@link peakResidentBytes} count from what the process has now. */
export function resetPeakResident(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function readMemory(pid, key) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} tells no ${key}`);
  return Number(kibibytes) * 1024;
}
