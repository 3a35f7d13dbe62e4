import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { createOpenContent, type FarFiles, startFarFiles } from "./support/far-files.js";

const stack = createDisposeStack();
let far: FarFiles;
beforeAll(async () => {
  far = stack.use(await startFarFiles({ limits: { fileStreamsPerSession: 2, fileBlockBytes: 1_000 } }));
});
afterAll(() => stack[Symbol.asyncDispose]());

test("a session has as many streams at once as its limit says, and another when one has ended", async () => {
  const content = createOpenContent();
  const writing = far.files.write(far.uri("slow"), content.stream);
  const watch = await far.files.watch(far.uri(""));
  const refused = {
    code: "resource_exhausted",
    reason: "limit_reached",
    effect: "none",
    details: { limit: "2" },
  };
  expect(await failureOf(far.files.list(far.uri("")))).toMatchObject(refused);
  expect(await failureOf(far.files.write(far.uri("other"), Buffer.from("x")))).toMatchObject(refused);
  // Another session has its own, and what needs no stream goes on.
  await using other = await far.open();
  await other.files.list(far.uri(""));
  await far.files.stat(far.uri(""));
  await watch.close();
  await far.files.write(far.uri("other"), Buffer.from("x"));
  content.end();
  await writing;
});

test("one that has ended counts no more, however often", async () => {
  for (let lot = 0; lot < 50; lot += 1) {
    const uris = [0, 1].map((index) => far.uri(`n${index}`));
    await Promise.all(uris.map((uri) => far.files.write(uri, Buffer.alloc(10_000, lot))));
  }
  expect((await readFile(far.path("n1"))).equals(Buffer.alloc(10_000, 49))).toBe(true);
});
