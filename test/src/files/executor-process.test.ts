import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { waitUntil } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ExecutorDaemon, expectSilent, startDaemon } from "../failures/support/executor-daemon.js";
import { failureOf } from "../failures/support/far-executor.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { createOpenContent, openBelow, waitUntilClosed } from "./support/far-files.js";

let scene: Scene;
let daemon: ExecutorDaemon;
let session: ExecutorSession;
beforeEach(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  session = await connectExecutor({
    url: daemon.address,
    token: daemon.token,
    name: "far",
    clientName: "test",
    clientVersion: "0",
    detachTtlMs: 1_000,
  });
});
afterEach(async () => {
  await session.close().catch(() => undefined);
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

const home = (): string => scene.env["HOME"] ?? "";

test("an executor gives access to the home of its user and its own working folder, and to nothing else", async () => {
  expect((await session.files.roots()).toSorted()).toEqual(
    [`file://${scene.folder.path}`, `file://${home()}`].toSorted(),
  );
  expect(session.features).toContain("files");
  await session.files.write(`file://${home()}/x`, Buffer.from("x"));
  expect(await readFile(`${home()}/x`, "utf8")).toBe("x");
  expect(await failureOf(session.files.read("file:///etc/passwd"))).toMatchObject({
    reason: "policy_denied",
  });
  expectSilent(daemon);
});

test("an executor that is ended amid a write leaves what was there, and nothing half", async () => {
  await writeFile(`${home()}/x`, "before");
  const content = createOpenContent();
  content.push(Buffer.alloc(1_000_000));
  const writing = failureOf(session.files.write(`file://${home()}/x`, content.stream));
  await waitUntil(async () => (await readdir(home())).length > 1, {
    withinMs: 5_000,
    what: "An unfinished file",
  });
  daemon.kill("SIGTERM");
  expect(await writing).toMatchObject({ code: "unavailable" });
  await daemon.exited;
  expect(await readdir(home())).toEqual(["x"]);
  expect(await readFile(`${home()}/x`, "utf8")).toBe("before");
});

test("an executor that is killed amid a write leaves what was there", async () => {
  await writeFile(`${home()}/x`, "before");
  const content = createOpenContent();
  content.push(Buffer.alloc(1_000_000));
  const writing = failureOf(session.files.write(`file://${home()}/x`, content.stream));
  await waitUntil(async () => (await readdir(home())).length > 1, {
    withinMs: 5_000,
    what: "An unfinished file",
  });
  daemon.kill("SIGKILL");
  expect(await writing).toMatchObject({
    code: "unavailable",
    reason: "executor_unreachable",
    effect: "none",
  });
  expect(await readFile(`${home()}/x`, "utf8")).toBe("before");
});

test("a search that is given up lets go of everything in the executor's process", async () => {
  for (let index = 0; index < 1_500; index += 1)
    await mkdir(`${home()}/tree/${index % 30}/${index}`, { recursive: true });
  await writeFile(`${home()}/tree/0/found`, "");
  const stop = new AbortController();
  const updates = session.files.search(`file://${home()}/tree`, { query: "f", signal: stop.signal });
  const running = updates[Symbol.asyncIterator]();
  const first = running.next();
  await waitUntil(async () => (await openBelow(home(), daemon.pid)).length > 0, {
    withinMs: 5_000,
    what: "A walk",
  });
  stop.abort();
  await Promise.allSettled([first]);
  await waitUntilClosed(home(), daemon.pid);
  expectSilent(daemon);
});
