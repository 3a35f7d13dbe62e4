import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, utimes } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootMark, pidSpace } from "@fairlead/machine/process-mark";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askGuard, openGuard } from "./lock-guard.js";
import { lockSocketPath } from "./socket-lock.js";

const inUse = { code: "already_exists", reason: "address_in_use" };
const hasStartTimes = existsSync("/proc/self/stat");

const hasGuards = bootMark() !== undefined && process.platform !== "win32";

/** Elsewhere nobody tells a dead owner from one whose queue is full. */
const hasProofs = bootMark() !== undefined && process.platform === "linux";

const word = "0123456789abcdef";

let folder: string;
let path: string;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-lock-"));
  path = join(folder, "e.sock");
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
});

function listen(): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  return new Promise((resolve) => server.listen(path, resolve));
}

/**
 * Leaves what an owner in another container leaves that is killed: a lock, and a guard that nobody listens on.
 * @returns the identity of the guard
 */
async function leaveFromContainer(change: (line: string) => string = (line) => line): Promise<string> {
  const script = [
    'import { createServer } from "node:net"; import { statSync } from "node:fs";',
    "const server = createServer().listen(process.argv[1], () => {",
    "  const { dev, ino } = statSync(process.argv[1], { bigint: true });",
    "  process.stdout.write(`${dev}-${ino}`, () => process.kill(process.pid, 'SIGKILL'));",
    "});",
  ];
  const args = ["--input-type=module", "-e", script.join("\n"), join(folder, `.${word}`)];
  const seen = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, (_, stdout) => resolve(stdout));
  });
  const identity = `${bootMark()}-${seen}`;
  writeFileSync(`${path}.lock`, change(`${process.pid} 1 ${word} ffffffff ${identity}\n`));
  return identity;
}

describe("a socket path", () => {
  test("two starts at once: the one that locks first, and binds late, keeps socket and lock", async () => {
    const release = await lockSocketPath(path);
    await expect(lockSocketPath(path, { patienceMs: 120 })).rejects.toMatchObject(inUse);
    await listen();
    await expect(lockSocketPath(path)).rejects.toMatchObject(inUse);
    const guards = (await readdir(folder)).filter((name) => !name.startsWith("e.sock"));
    expect(guards.map((name) => /^\.[\w-]{16}$/.test(name))).toEqual(hasGuards ? [true] : []);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("is had by one of many who come at the same moment", async () => {
    writeFileSync(`${path}.lock`, "999999999 - gone\n");
    const starts = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockSocketPath(path, { patienceMs: 100 })),
    );
    const won = starts.filter((start) => start.status === "fulfilled");
    expect(won).toHaveLength(1);
    const reasons = starts.flatMap((start) => (start.status === "rejected" ? [start.reason as unknown] : []));
    expect(reasons).toEqual(Array.from({ length: 7 }, () => expect.objectContaining(inUse)));
    for (const { value: release } of won) await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("is had at once when its owner let go while somebody waited", async () => {
    const release = await lockSocketPath(path);
    const waiting = lockSocketPath(path);
    await release();
    await (await waiting)();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ["ended", () => "999999999 1 gone\n"],
    ["ended, in the words of an earlier version", () => "999999999\n"],
    ["had our own process id, as the first process of every container has", () => `${process.pid} 1 gone\n`],
    ["left nothing readable", () => ""],
  ])("of an owner that %s is taken at once", async (_, line) => {
    writeFileSync(`${path}.lock`, line());
    const release = await lockSocketPath(path);
    expect(readFileSync(`${path}.lock`, "utf8")).toMatch(new RegExp(`^${process.pid} `));
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("of an owner in another container is not taken while that one answers, and is when it is silent", async () => {
    // The first process of every container has the same number.
    const line = `${process.pid} 1 elsewhere ffffffff\n`;
    writeFileSync(`${path}.lock`, line);
    await listen();
    await expect(lockSocketPath(path)).rejects.toMatchObject(inUse);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(line);
    for (const server of servers.splice(0)) server.close();
    const release = await lockSocketPath(path, { patienceMs: 0 });
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test.runIf(hasProofs)(
    "of an owner in another container that ended without a word is taken at once",
    async () => {
      await leaveFromContainer();
      const release = await lockSocketPath(path, { patienceMs: 1_000_000 });
      await release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test.runIf(hasGuards)(
    "of an owner in another container that lives is not taken, however silent it is",
    async () => {
      const release = await lockSocketPath(path);
      const line = readFileSync(`${path}.lock`, "utf8").replace(pidSpace(), "ffffffff");
      writeFileSync(`${path}.lock`, line);
      await expect(lockSocketPath(path, { patienceMs: 0 })).rejects.toMatchObject(inUse);
      expect(readFileSync(`${path}.lock`, "utf8")).toBe(line);
      await release();
    },
  );

  test.runIf(hasProofs).each([
    [
      "on another machine, or before a restart",
      (identity: string) => identity.replace(bootMark() ?? "-", "ffffffff"),
    ],
    ["on another mount of the folder", (identity: string) => identity.replace(/-\d+-(\d+)$/, "-0-$1")],
  ])(
    "of an owner %s is taken once it was silent for long, for its guard proves nothing",
    async (_, change) => {
      const identity = await leaveFromContainer((line) => `${line.trim().replace(/\S+$/, change)}\n`);
      expect(await askGuard(join(folder, `.${word}`), identity)).toBe("dead");
      expect(await askGuard(join(folder, `.${word}`), change(identity))).toBe("unknown");
      const release = await lockSocketPath(path, { patienceMs: 0 });
      await release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test.runIf(hasProofs)(
    "is cleared of what starters left that were killed while they waited, and of nothing else",
    async () => {
      const left = `.${word}`;
      await leaveFromContainer();
      const living = ".a-living-starter";
      await using _guard = await openGuard(join(folder, living));
      writeFileSync(join(folder, ".of-another-tools"), "");
      const makeOld = async (): Promise<void> => {
        for (const name of [left, living, ".of-another-tools"]) {
          await utimes(join(folder, name), new Date(0), new Date(0));
        }
      };
      const lockOnce = async (name: string): Promise<readonly string[]> => {
        await (await lockSocketPath(join(folder, name)))();
        return (await readdir(folder)).toSorted();
      };
      const kept = [living, ".of-another-tools"];
      await rename(`${path}.lock`, join(folder, "held.sock.lock"));
      await makeOld();
      expect(await lockOnce("e.sock")).toEqual([...kept, left, "held.sock.lock"].toSorted());
      await rm(join(folder, "held.sock.lock"));
      await utimes(join(folder, left), new Date(), new Date());
      expect(await lockOnce("e.sock")).toEqual([...kept, left].toSorted());
      await makeOld();
      expect(await lockOnce("e.sock")).toEqual(kept.toSorted());
    },
  );

  test.runIf(hasStartTimes)(
    "of a dead owner whose process id another one has by now is taken at once",
    async () => {
      writeFileSync(`${path}.lock`, `${process.ppid} 1 gone\n`);
      const release = await lockSocketPath(path, { patienceMs: 0 });
      await release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test.runIf(hasStartTimes)("of an owner that lives is not taken, however long it is silent", async () => {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
    const began = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const line = `${process.ppid} ${began} alive\n`;
    writeFileSync(`${path}.lock`, line);
    await expect(lockSocketPath(path, { patienceMs: 100 })).rejects.toMatchObject(inUse);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(line);
  });

  test.skipIf(process.platform === "win32")(
    "in a folder that others can open is refused with a line that can be pasted",
    async () => {
      const open = join(folder, "a folder");
      await mkdir(open, { mode: 0o755 });
      await expect(lockSocketPath(join(open, "e.sock"))).rejects.toMatchObject({
        code: "usage",
        message: expect.stringContaining(`Run: chmod 700 '${open}'`),
      });
    },
  );

  test("that became somebody else's is left alone by its former owner", async () => {
    const release = await lockSocketPath(path);
    writeFileSync(`${path}.lock`, "1 1 other\n");
    await listen();
    await release();
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe("1 1 other\n");
  });
});
