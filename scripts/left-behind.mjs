// Finds, and ends, what a run of suites left behind: processes that carry its text in their arguments or environment.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process that was ended is gone a moment later. */
const patienceMs = 5_000;
const lookEveryMs = 100;

/**
 * Waits until nobody carries the text any more, for five seconds at most.
 * @param {string} text that nobody else carries; this process does not count
 * @returns {Promise<readonly string[]>} process ids and command lines of who is left; none where there is no /proc
 */
export async function findLeftBehind(text) {
  const endsAtMs = performance.now() + patienceMs;
  for (;;) {
    const left = carriersOf(text);
    if (left.length === 0 || performance.now() > endsAtMs) return left;
    await delay(lookEveryMs);
  }
}

/**
 * Kills everybody who carries the text, and waits until they are gone, for five seconds at most.
 * @param {string} text that nobody else carries; this process does not count
 * @returns {Promise<readonly string[]>} who is left all the same
 */
export async function endLeftBehind(text) {
  const endsAtMs = performance.now() + patienceMs;
  for (;;) {
    // Looked for anew each time: who is killed may just have started another.
    const left = carriersOf(text);
    if (left.length === 0 || performance.now() > endsAtMs) return left;
    for (const told of left) kill(Number.parseInt(told, 10));
    await delay(lookEveryMs);
  }
}

/** @param {string} text */
function carriersOf(text) {
  return listProcesses().flatMap((pid) => {
    const commandLine = read(`/proc/${pid}/cmdline`);
    const isIt =
      pid !== String(process.pid) && `${commandLine}\0${read(`/proc/${pid}/environ`)}`.includes(text);
    return isIt ? [`${pid} ${commandLine.replaceAll("\0", " ").trim()}`] : [];
  });
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

function listProcesses() {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended meanwhile, or is somebody else's.
    return "";
  }
}
