import { createId } from "@fairlead/core";
import { status } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ExecutorDaemon, expectSilent, startDaemon } from "./support/executor-daemon.js";
import {
  createRawExecutor,
  detailOf,
  openRaw,
  type RawExecutor,
  type RawSession,
  startRaw,
  unary,
} from "./support/raw-executor.js";
import { createScene, type Scene, secrets } from "./support/scene.js";

let scene: Scene;
let daemon: ExecutorDaemon;
let raw: RawExecutor;
let session: RawSession;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  raw = createRawExecutor(daemon.address);
});
beforeEach(async () => {
  session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
});
afterEach(async () => {
  await unary((done) => raw.session.closeSession({ opId: "end" }, raw.metadata(session.ref), done));
  expectSilent(daemon);
});
afterAll(async () => {
  raw[Symbol.dispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

type StartRequest = Parameters<RawExecutor["process"]["start"]>[0];

interface Started {
  readonly pid: number;
  readonly program: string;
}

function start(more: Partial<StartRequest> = {}): Promise<Started> {
  const request = {
    opId: createId("o"),
    processId: createId("p"),
    program: "/bin/sh",
    args: ["-c", "read -r line"],
  };
  return unary((done) => raw.process.start({ ...request, ...more }, raw.metadata(session.ref), done));
}

async function refused(call: Promise<unknown>): Promise<ReturnType<typeof detailOf>> {
  return call.then(
    () => Promise.reject(new Error("The call went through")),
    (error: unknown) => detailOf(error),
  );
}

function count(): Promise<number> {
  return unary<{ processes: readonly unknown[] }>((done) =>
    raw.process.list({}, raw.metadata(session.ref), done),
  ).then(({ processes }) => processes.length);
}

test("a process of another session is unknown: to Stop, Signal and List", async () => {
  const other = await openRaw(raw);
  const { processId } = await startRaw(raw, other, "read -r line");
  const call = { opId: createId("o"), processId, signal: "SIGKILL" };
  const stop = unary((done) => raw.process.stop(call, raw.metadata(session.ref), done));
  expect(await refused(stop)).toMatchObject({ code: "not_found", reason: "process_unknown", effect: "none" });
  const signal = unary((done) => raw.process.signal(call, raw.metadata(session.ref), done));
  expect(await refused(signal)).toMatchObject({ code: "not_found", reason: "process_unknown" });
  expect(await count()).toBe(0);
});

test("a process id that is taken is refused, and so is none", async () => {
  await start({ processId: "p1" });
  expect(await refused(start({ processId: "p1" }))).toMatchObject({
    code: "already_exists",
    reason: "id_reused",
    effect: "none",
  });
  expect(await refused(start({ processId: "" }))).toMatchObject({ reason: "id_reused" });
  expect(await count()).toBe(1);
});

test("a start whose answer was lost is repeated without a second process", async () => {
  const request = { opId: "o1", processId: "p1" };
  const [first, again] = [await start(request), await start(request)];
  expect(again).toEqual(first);
  const together = await Promise.all([1, 2, 3].map(() => start({ opId: "o2", processId: "p2" })));
  expect(new Set(together.map(({ pid }) => pid)).size).toBe(1);
  expect(await count()).toBe(2);
});

test("an op id with other content is refused, and nothing is done", async () => {
  await start({ opId: "o1", processId: "p1" });
  const other = start({ opId: "o1", processId: "p2" });
  expect(await refused(other)).toMatchObject({ code: "already_exists", reason: "id_reused", effect: "none" });
  expect(await refused(start({ opId: "" }))).toMatchObject({ code: "usage", reason: "argument_invalid" });
  expect(await count()).toBe(1);
});

test("a repeated stop gives the first report again", async () => {
  const { pid } = await start({ processId: "p1" });
  const stop = (): Promise<unknown> =>
    unary((done) => raw.process.stop({ opId: "s1", processId: "p1" }, raw.metadata(session.ref), done));
  const report = await stop();
  expect(report).toMatchObject({ report: { ended: [{ pid }], survived: [] } });
  expect(await stop()).toEqual(report);
});

test("a failed start may be repeated with the same ids once the cause is gone", async () => {
  const request = { opId: "o1", processId: "p1", cwdUri: `file://${scene.folder.file("later")}` };
  expect(await refused(start(request))).toMatchObject({
    code: "not_found",
    reason: "cwd_missing",
    effect: "none",
  });
  await scene.folder.write("later/x", "");
  expect((await start(request)).pid).toBeGreaterThan(0);
});

test.each<[name: string, more: Partial<StartRequest>, expected: object]>([
  ["no program", { program: "" }, { code: "usage" }],
  ["a program that is not there", { program: "/none" }, { code: "not_found", reason: "program_not_found" }],
  ["a relative cwd", { cwdUri: "some/where" }, { code: "usage", reason: "path_invalid" }],
  ["a cwd of Windows", { cwdUri: "file:///C:/Users" }, { code: "usage", reason: "path_invalid" }],
  ["a cwd on another machine", { cwdUri: "file://server/share" }, { code: "usage", reason: "path_invalid" }],
  ["a NUL in an argument", { args: ["a\0b"] }, { code: "usage", reason: "argument_invalid" }],
  [
    "too many arguments",
    { args: ["x".repeat(130 * 1024)] },
    { code: "resource_exhausted", reason: "limit_reached" },
  ],
  [
    "too much environment",
    { environment: { set: { BIG: `${secrets.configured}${"x".repeat(130 * 1024)}` } } },
    { code: "resource_exhausted", reason: "limit_reached" },
  ],
  ["a NUL in a variable", { environment: { set: { A: `${secrets.configured}\0` } } }, { code: "usage" }],
  ["a variable without a name", { environment: { set: { "": secrets.configured } } }, { code: "usage" }],
  ["a terminal without columns", { terminal: { columns: 0, rows: 24 } }, { code: "usage" }],
])("a start with %s is refused without an effect or a secret", async (_, more, expected) => {
  const detail = await refused(start(more));
  expect(detail).toMatchObject({ ...expected, effect: "none" });
  expect(JSON.stringify([detail.message, detail.details])).not.toContain(secrets.configured);
  expect(await count()).toBe(0);
});

test.each(["", "SIGNONE", "9", "sigterm"])("the signal %j is no signal", async (signal) => {
  const { processId } = await startRaw(raw, session, "read -r line");
  const call = unary((done) =>
    raw.process.signal({ opId: createId("o"), processId, signal }, raw.metadata(session.ref), done),
  );
  expect(await refused(call)).toMatchObject({ code: "usage", reason: "argument_invalid", effect: "none" });
});

test.each(["x", "xx"])("an error text that must be cut, behind %j, does not end the daemon", async (lead) => {
  const program = `${lead}${"😀".repeat(1_500)}`;
  const detail = await refused(start({ program }));
  expect(detail).toMatchObject({ code: "not_found", reason: "program_not_found" });
  expect(detail.message).toContain(`${lead}😀`);
});

test("a message above the limit fails its call only", async () => {
  const large = start({ args: ["-c", "true", "x".repeat(3 * 1024 * 1024)] });
  await expect(large).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  expect((await start()).pid).toBeGreaterThan(0);
});
