import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { SessionState } from "@fairlead/link";
import { waitUntil } from "@fairlead/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { cutOnceHeld, isHeld } from "../faults/support/cut-once-held.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  createOpenContent,
  expectNothingLeft,
  expectWorking,
  type FarFiles,
  startFarFiles,
  unfinished,
  waitUntilClosed,
} from "./support/far-files.js";

/** Long enough to find something on its way. */
const roundTripMs = 30;
const cutOff = { code: "unavailable", reason: "executor_unreachable" };

const stack = createDisposeStack();
const states: SessionState["state"][] = [];
let far: FarFiles;
let isCut = false;
beforeAll(async () => {
  const onState = ({ state }: SessionState): void => void states.push(state);
  far = stack.use(await startFarFiles({ transport: "tcp", roundTripMs, session: { onState } }));
});
beforeEach(async () => {
  await writeFile(far.path("file"), "before");
  await writeFile(far.path("large"), Buffer.alloc(8_000_000, "x"));
  states.length = 0;
  isCut = false;
});
afterEach(async () => {
  // A stream can hear of a cut before the session does, which takes itself for connected until then.
  await waitUntil(() => (isCut ? states.at(-1) : far.session.state.state) === "connected", {
    withinMs: 5_000,
    what: "A new connection",
  });
  await expectWorking(far.session, far.uri("working"));
  await expectNothingLeft(far);
});
afterAll(() => stack[Symbol.asyncDispose]());

function cutLink(): void {
  isCut = true;
  far.proxy.cut();
}

const untilUnfinished = (): Promise<unknown> =>
  waitUntil(async () => (await unfinished(far.root)).length > 0, {
    withinMs: 5_000,
    what: "An unfinished file",
  });

test("a link that breaks amid a write fails it at once, and nothing was written", async () => {
  const content = createOpenContent();
  content.push(Buffer.alloc(500_000));
  const writing = failureOf(far.files.write(far.uri("file"), content.stream));
  await untilUnfinished();
  cutLink();
  expect(await writing).toMatchObject({ ...cutOff, effect: "none" });
  expect(content.isCancelled()).toBe(true);
  await waitUntilClosed(far.root);
  expect(await readFile(far.path("file"), "utf8")).toBe("before");
});

test("a link that breaks when all of it was sent leaves open whether it was written", async () => {
  await waitUntil(() => !isHeld(far.proxy, "toTarget"), {
    withinMs: 5_000,
    what: "A quiet line",
  });
  const content = createOpenContent();
  content.push(Buffer.from("after"));
  const writing = failureOf(far.files.write(far.uri("file"), content.stream));
  await untilUnfinished();
  const cutting = cutOnceHeld(far.proxy, "toTarget");
  content.end();
  await cutting;
  isCut = true;
  expect(await writing).toMatchObject({ ...cutOff, effect: "unknown" });
});

test("a link that breaks amid a read fails its body, and what was being read is let go", async () => {
  const { body } = await far.files.read(far.uri("large"));
  const reader = body.getReader();
  await reader.read();
  cutLink();
  const rest = async (): Promise<void> => {
    for (;;) if ((await reader.read()).done) return;
  };
  expect(await failureOf(rest())).toMatchObject({ ...cutOff, effect: "none" });
  await waitUntilClosed(far.root);
});

test("a link that breaks fails a watch, and a search that is under way", async () => {
  for (let index = 0; index < 600; index += 1) await mkdir(far.path(`tree/${index}`), { recursive: true });
  const watch = await far.files.watch(far.uri(""));
  const event = failureOf(watch[Symbol.asyncIterator]().next());
  await writeFile(far.path("tree/0/found"), "");
  const updates = far.files.search(far.uri(""), { query: "f" })[Symbol.asyncIterator]();
  expect((await updates.next()).value).toMatchObject({ isDone: false });
  cutLink();
  expect(await failureOf(updates.next())).toMatchObject({ ...cutOff, effect: "none" });
  expect(await event).toMatchObject({ ...cutOff, effect: "none" });
  await rm(far.path("tree"), { recursive: true });
});

test("a bulk connection that breaks alone costs what was on it and not the session", async () => {
  const { body } = await far.files.read(far.uri("large"));
  const reader = body.getReader();
  await reader.read();
  expect(far.proxy.counters().openConnections).toBe(2);
  far.proxy.connections
    .filter(({ isOpen }) => isOpen)
    .at(-1)
    ?.cut();
  const rest = async (): Promise<void> => {
    for (;;) if ((await reader.read()).done) return;
  };
  expect(await failureOf(rest())).toMatchObject(cutOff);
  // Goes on over the other one, also with more than that lets through at once.
  const again = await far.files.read(far.uri("large"));
  expect((await new Response(again.body).arrayBuffer()).byteLength).toBe(8_000_000);
  await far.files.write(far.uri("large"), Buffer.alloc(700_000));
  expect(far.proxy.counters().openConnections).toBe(1);
  expect(states).toEqual([]);
});

test("what only looks, makes or removes waits for the new connection and is done once", async () => {
  far.proxy.admit("hold");
  cutLink();
  await expect.poll(() => far.session.state.state).toBe("recovering");
  const waiting = Promise.all([
    far.files.stat(far.uri("file")),
    far.files.mkdir(far.uri("made")),
    far.files.remove(far.uri("large")),
    far.files.list(far.uri("")),
    far.files.write(far.uri("new"), Buffer.from("new")),
  ]);
  const stop = new AbortController();
  const given = failureOf(far.files.stat(far.uri("file"), { signal: stop.signal }));
  stop.abort();
  expect(await given).toMatchObject({ code: "canceled" });
  far.proxy.admit("carry");
  const [facts, made] = await waiting;
  expect([facts.sizeBytes, made.kind]).toEqual([6, "directory"]);
  expect((await readdir(far.root)).toSorted()).toEqual(["file", "made", "new"]);
  await far.files.remove(far.uri("made"));
  await far.files.remove(far.uri("new"));
});

test("an answer that was lost is given again: what was removed is not missed", async () => {
  far.proxy.pause("fromTarget");
  const removing = far.files.remove(far.uri("file"));
  await waitUntil(async () => !(await readdir(far.root)).includes("file"), {
    withinMs: 5_000,
    what: "The removal",
  });
  cutLink();
  far.proxy.resume();
  await removing;
});

test("a session that is closed fails what is under way", async () => {
  const session = await far.open();
  const content = createOpenContent();
  content.push(Buffer.from("half"));
  const writing = failureOf(session.files.write(far.uri("file"), content.stream));
  const watch = await session.files.watch(far.uri(""));
  const event = failureOf(watch[Symbol.asyncIterator]().next());
  await untilUnfinished();
  await session.close();
  expect(await writing).toMatchObject({ code: "unavailable", reason: "session_lost", effect: "none" });
  expect(await event).toMatchObject({ code: "unavailable", reason: "session_lost" });
  expect(await failureOf(session.files.stat(far.uri("file")))).toMatchObject({ reason: "session_lost" });
  expect(await readFile(far.path("file"), "utf8")).toBe("before");
});
