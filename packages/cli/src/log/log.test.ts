import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { followLog } from "./follow-log.js";
import { formatLogEntry, type LogEntry } from "./log-entry.js";
import { defaultLogLimits, type LogLimits } from "./log-files.js";
import { createLogWriter, type LogWriter } from "./log-writer.js";
import { type ReadMarks, readFurther, readLog } from "./read-log.js";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "fairlead-log-")), "log");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

const problems: unknown[] = [];
afterEach(() => {
  const [problem] = problems.splice(0);
  if (problem !== undefined) throw problem;
});

function writer(limits: Partial<LogLimits> = {}): LogWriter {
  return createLogWriter({
    folder,
    limits: { ...defaultLogLimits, ...limits },
    describeDropped: (server, count) => line({ server, text: `${count} dropped`, stream: "warning" }),
    onProblem: (_, cause) => problems.push(cause),
  });
}

let tick = 0;
function line(more: Partial<LogEntry> = {}): string {
  tick += 1;
  const time = new Date(1_000_000_000_000 + tick).toISOString();
  const entry = {
    time,
    server: "files",
    executor: "local",
    host: 7,
    stream: "stderr",
    text: "hello",
  } as const;
  return formatLogEntry({ ...entry, ...more });
}

async function texts(query: Parameters<typeof readLog>[1] = {}): Promise<readonly string[]> {
  return (await readLog(folder, query)).map(({ text }) => text);
}

describe("a log", () => {
  test("is read in the order of time, of one server or of all, the newest of them, or since a moment", async () => {
    const log = writer();
    for (const text of ["1", "2", "3"]) {
      log.append("files", line({ text: `f${text}` }));
      log.append("web", line({ server: "web", text: `w${text}` }));
    }
    await log.flushed();
    expect(await texts()).toEqual(["f1", "w1", "f2", "w2", "f3", "w3"]);
    expect(await texts({ server: "web" })).toEqual(["w1", "w2", "w3"]);
    expect(await texts({ count: 3 })).toEqual(["w2", "f3", "w3"]);
    expect(await texts({ count: 0 })).toEqual([]);
    const [, , third] = await readLog(folder, {});
    expect(await texts({ sinceMs: Date.parse(third?.time ?? "") })).toEqual(["f2", "w2", "f3", "w3"]);
    expect(await texts({ server: "nobody" })).toEqual([]);
  });

  test.skipIf(process.platform === "win32")("is its owner's alone", async () => {
    const log = writer();
    log.append("files", line());
    await log.flushed();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "files.log"))).mode & 0o777).toBe(0o600);
  });

  test("takes no name that would lead out of its folder", async () => {
    const log = writer();
    for (const name of ["../evil", "a/b", "", "a.log", "x".repeat(200)]) log.append(name, line());
    await log.flushed();
    await expect(readdir(join(folder, ".."))).resolves.toEqual([]);
  });

  test("is read past lines that are none, and over a last one that is not whole", async () => {
    await mkdir(folder);
    await writeFile(
      join(folder, "files.log"),
      `torn{"\n${line({ text: "whole" })}\n{}\n${line().slice(0, 20)}`,
    );
    expect(await texts()).toEqual(["whole"]);
  });

  test("counts what came faster than it could be written", async () => {
    const log = writer();
    for (let index = 0; index < 40; index += 1) log.append("files", line({ text: "x".repeat(64 * 1024) }));
    await log.flushed();
    const all = await texts();
    const dropped = Number.parseInt(all.at(-1) ?? "", 10);
    expect(dropped).toBeGreaterThan(10);
    expect(all.length - 1 + dropped).toBe(40);
  });

  test("that cannot be written is told once, and works again when it can be", async () => {
    await mkdir(join(folder, "files.log"), { recursive: true });
    const log = writer();
    log.append("files", line({ text: "lost" }));
    await log.flushed();
    log.append("files", line({ text: "lost too" }));
    await log.flushed();
    expect(problems.splice(0)).toMatchObject([{ code: "EISDIR" }]);
    await rm(join(folder, "files.log"), { recursive: true });
    log.append("files", line({ text: "written" }));
    await log.flushed();
    expect(await texts()).toEqual(["written"]);
  });
});

describe("rotation", () => {
  test("keeps every line whole and once, while several processes write and others read", async () => {
    const limits = { fileBytes: 4_000, keptFiles: 1_000, totalBytes: 1_000_000_000 };
    const writers = [writer(limits), writer(limits), writer(limits)];
    const abort = new AbortController();
    const marks: ReadMarks = new Map();
    const followed: string[] = [];
    const expected = writers.flatMap((_, who) => Array.from({ length: 300 }, (__, at) => `${who}.${at}`));
    const following = (async () => {
      for await (const entries of followLog(folder, { query: {}, marks, signal: abort.signal })) {
        followed.push(...entries.map(({ text }) => text));
        if (followed.length >= expected.length) abort.abort();
      }
    })();
    for (let at = 0; at < 300; at += 1) {
      for (const [who, log] of writers.entries()) log.append("files", line({ text: `${who}.${at}` }));
      if (at % 3 === 0) await Promise.race(writers.map((log) => log.flushed()));
    }
    await Promise.all(writers.map((log) => log.flushed()));
    await following;
    expect((await readdir(folder)).length).toBeGreaterThan(20);
    expect((await texts()).toSorted()).toEqual(expected.toSorted());
    expect(followed.toSorted()).toEqual(expected.toSorted());
    for (const who of ["0", "1", "2"]) {
      const own = followed.filter((text) => text.startsWith(`${who}.`));
      expect(own).toEqual(expected.filter((text) => text.startsWith(`${who}.`)));
    }
  });

  test("bounds a file, the files of a server, and all of them together", async () => {
    const limits = { fileBytes: 2_000, keptFiles: 3, totalBytes: 12_000 };
    const log = writer(limits);
    for (const server of ["a", "b", "c", "d"]) {
      for (let index = 0; index < 200; index += 1)
        log.append(server, line({ server, text: `${server}${index}` }));
      await log.flushed();
    }
    const names = await readdir(folder);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.fileBytes);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(
      limits.totalBytes + limits.fileBytes,
    );
    expect(names.filter((name) => name.startsWith("d.log"))).toHaveLength(1 + limits.keptFiles);
    const last = await readFile(join(folder, "d.log"), "utf8");
    expect(last).toContain('"d199"');
    expect((await texts({ server: "d" })).at(-1)).toBe("d199");
  });
});

test("following sees servers that start later, and ends when nobody wants it any more", async () => {
  const abort = new AbortController();
  const log = writer();
  const seen: string[] = [];
  const following = (async () => {
    const options = { query: { server: "late" }, marks: new Map(), signal: abort.signal };
    for await (const entries of followLog(folder, options)) {
      seen.push(...entries.map(({ text }) => text));
      if (seen.length === 2) abort.abort();
    }
  })();
  log.append("files", line({ text: "somebody else" }));
  await log.flushed();
  log.append("late", line({ server: "late", text: "first" }));
  await log.flushed();
  log.append("late", line({ server: "late", text: "second" }));
  await following;
  expect(seen).toEqual(["first", "second"]);
});

describe("a file that got the number of one that is gone is read from its start", () => {
  const first = `${line({ text: "a first line that is long" })}\n`;
  const marks: ReadMarks = new Map();
  const path = (): string => join(folder, "files.log");
  const further = async (): Promise<readonly string[]> =>
    (await readFurther(folder, {}, marks)).map(({ text }) => text);
  beforeEach(async () => {
    marks.clear();
    await mkdir(folder);
    await writeFile(path(), first);
    await further();
  });

  test("but not while it is still that one", async () => {
    expect(await further()).toEqual([]);
  });

  test("where it is shorter", async () => {
    await writeFile(path(), `${line({ text: "short" })}\n`);
    expect(await further()).toEqual(["short"]);
  });

  test("where it is another server's", async () => {
    await rename(path(), join(folder, "other.log"));
    await writeFile(
      join(folder, "other.log"),
      `${line({ server: "other", text: "another line, at least as long" })}\n`,
    );
    expect(await further()).toEqual(["another line, at least as long"]);
  });

  test("where it was made at another time", async () => {
    const [[identity, mark] = []] = [...marks];
    if (identity === undefined || mark === undefined) throw new Error("nothing was read");
    marks.set(identity, { ...mark, birthtimeMs: mark.birthtimeMs - 1, isBirthSure: true });
    expect(await further()).toEqual(["a first line that is long"]);
    marks.set(identity, { ...mark, isBirthSure: false });
    expect(await further()).toEqual([]);
  });
});
