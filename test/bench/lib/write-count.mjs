import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

const stracePath = "/usr/bin/strace";

/** Why writes cannot be counted here; undefined if they can. */
export function whyNoWriteCount() {
  if (process.platform !== "linux") return `strace is Linux's, not ${process.platform}'s`;
  if (spawnSync(stracePath, ["-e", "trace=none", "true"], { stdio: "ignore" }).status === 0) return undefined;
  return `${stracePath} is missing, or may not trace (Debian package strace)`;
}

/**
 * Counts the write calls of a process while something is done.
 * @returns the number of writes by descriptor number
 */
export async function countWrites(context, pid, work) {
  const file = context.file(`writes-${pid}`);
  const flags = ["-f", "-e", "trace=write,writev,sendto,sendmsg", "-s", "0", "-o", file, "-p", String(pid)];
  const tracer = spawn(stracePath, flags, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(tracer, "exit");
  // It says so once it is attached.
  const [first] = await Promise.race([once(tracer.stderr, "data"), exited.then(() => ["strace ended"])]);
  if (!String(first).includes("attached")) throw new Error(`strace -p ${pid}: ${String(first).trim()}`);
  try {
    await work();
  } finally {
    tracer.kill("SIGINT");
    await exited;
  }
  const counts = {};
  for (const [, fd] of (await readFile(file, "utf8")).matchAll(/ (?:write|writev|sendto|sendmsg)\((\d+),/g)) {
    counts[fd] = (counts[fd] ?? 0) + 1;
  }
  return counts;
}
