import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { readBytes } from "@fairlead/core";
import { createSeededRandom } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type FarFiles, startFarFiles, waitUntilClosed } from "./support/far-files.js";

const mebibyte = 1024 * 1024;
const large = 64 * mebibyte;

describe.each(["unix", "tcp"] as const)("over %s", (transport) => {
  const stack = createDisposeStack();
  let far: FarFiles;
  beforeAll(async () => {
    far = stack.use(await startFarFiles({ transport }));
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const text = async (uri: string): Promise<string> =>
    Buffer.from(await readBytes(far.files, uri, { maxBytes: mebibyte })).toString();

  test("64 MiB are written and read as they are", async () => {
    const block = createSeededRandom(5).bytes(mebibyte);
    const sent = createHash("sha256");
    let left = large / block.length;
    const content = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          block.writeUInt32BE(left);
          sent.update(block);
          controller.enqueue(Uint8Array.from(block));
          left -= 1;
          if (left === 0) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const facts = await far.files.write(far.uri("large"), content);
    expect(facts).toMatchObject({ uri: far.uri("large"), kind: "file", sizeBytes: large });
    expect(facts).toEqual(await far.files.stat(far.uri("large")));
    const { file, body } = await far.files.read(far.uri("large"));
    expect(file).toEqual(facts);
    const received = createHash("sha256");
    let most = 0;
    for await (const chunk of body) {
      received.update(chunk);
      most = Math.max(most, chunk.length);
    }
    expect(received.digest("hex")).toBe(sent.digest("hex"));
    expect(most).toBeLessThanOrEqual(mebibyte);
  });

  test.each([
    [{}, "0123456789"],
    [{ offsetBytes: 4 }, "456789"],
    [{ offsetBytes: 4, lengthBytes: 2 }, "45"],
    [{ offsetBytes: -3 }, "789"],
    [{ offsetBytes: 4, lengthBytes: 0 }, ""],
    [{ offsetBytes: 40 }, ""],
  ])("the range %j of a file is read", async (range, expected) => {
    await writeFile(far.path("digits"), "0123456789");
    const bytes = await readBytes(far.files, far.uri("digits"), { ...range, maxBytes: 10 });
    expect(Buffer.from(bytes).toString()).toBe(expected);
  });

  test("a range far into a file larger than 4 GiB is read", async () => {
    await writeFile(far.path("sparse"), "");
    await truncate(far.path("sparse"), 2 ** 33 + 10);
    const { offsetBytes, file, body } = await far.files.read(far.uri("sparse"), { offsetBytes: 2 ** 33 });
    expect([offsetBytes, file.sizeBytes]).toEqual([2 ** 33, 2 ** 33 + 10]);
    expect((await new Response(body).arrayBuffer()).byteLength).toBe(10);
  });

  test("an empty file is written and read", async () => {
    await far.files.write(far.uri("empty"), new Uint8Array());
    expect(await text(far.uri("empty"))).toBe("");
    expect((await far.files.stat(far.uri("empty"))).sizeBytes).toBe(0);
  });

  test("what a write may ask for arrives", async () => {
    const first = await far.files.write(far.uri("a/b/c"), Buffer.from("1"), {
      makeFolders: true,
      mode: 0o640,
    });
    expect((await stat(far.path("a/b/c"))).mode & 0o777).toBe(0o640);
    const only = far.files.write(far.uri("a/b/c"), Buffer.from("2"), { createOnly: true });
    expect(await failureOf(only)).toMatchObject({ reason: "file_exists", effect: "none" });
    await far.files.write(far.uri("a/b/c"), Buffer.from("3"), { ifVersion: first.version });
    const stale = far.files.write(far.uri("a/b/c"), Buffer.from("4"), { ifVersion: first.version });
    expect(await failureOf(stale)).toMatchObject({ reason: "file_changed", effect: "none" });
    expect(await text(far.uri("a/b/c"))).toBe("3");
  });

  test("thousands of entries with long names are listed in order", async () => {
    await mkdir(far.path("many"));
    const names = Array.from(
      { length: 3_000 },
      (_, index) => `${String(index).padStart(5, "0")}-${"ü".repeat(60)}`,
    );
    for (const name of names) await writeFile(far.path(`many/${name}`), "x");
    const { entries, isTruncated } = await far.files.list(far.uri("many"), { details: true });
    expect(isTruncated).toBe(false);
    expect(entries.map(({ name }) => name)).toEqual(names);
    expect(entries[0]).toMatchObject({ uri: far.uri(`many/${names[0]}`), kind: "file", sizeBytes: 1 });
    expect(await far.files.list(far.uri("many"), { limit: 2_000 })).toMatchObject({ isTruncated: true });
    await far.files.remove(far.uri("many"), { recursive: true });
  });

  test("folders are made and removed", async () => {
    expect(await far.files.mkdir(far.uri("d/e/f"), { recursive: true })).toMatchObject({
      uri: far.uri("d/e/f"),
    });
    expect(await failureOf(far.files.mkdir(far.uri("d")))).toMatchObject({ reason: "file_exists" });
    expect(await failureOf(far.files.remove(far.uri("d")))).toMatchObject({ reason: "directory_not_empty" });
    await far.files.remove(far.uri("d"), { recursive: true });
    expect(await failureOf(far.files.stat(far.uri("d")))).toMatchObject({
      code: "not_found",
      reason: "file_unknown",
      effect: "none",
    });
  });

  test("nothing outside the roots is reached, by whatever way", async () => {
    await writeFile(`${far.outside}/secret`, "secret");
    await symlink(far.outside, far.path("out"));
    expect(await far.files.roots()).toEqual([far.uri("").replace(/\/$/, "")]);
    for (const uri of [
      "file:///etc/passwd",
      far.uri("x/../../outside/secret"),
      far.uri("out/secret"),
      far.uri("out/new"),
    ]) {
      const attempts = [
        far.files.stat(uri),
        far.files.list(uri),
        far.files.read(uri),
        far.files.write(uri, Buffer.from("x")),
        far.files.remove(uri),
        far.files.mkdir(uri),
        far.files.search(uri, { query: "" })[Symbol.asyncIterator]().next(),
        far.files.watch(uri),
      ];
      for (const failure of await Promise.all(attempts.map(failureOf)))
        expect(failure, uri).toMatchObject({ code: "forbidden", reason: "policy_denied", effect: "none" });
    }
    expect(await readdir(far.outside)).toEqual(["secret"]);
    expect(await readFile(`${far.outside}/secret`, "utf8")).toBe("secret");
    await far.files.remove(far.uri("out"));
  });

  test("a path of the other convention is refused there, not reinterpreted here", async () => {
    expect(await failureOf(far.files.stat("file:///C:/x"))).toMatchObject({
      code: "usage",
      reason: "path_invalid",
    });
    expect(await failureOf(far.files.read("C:\\x"))).toMatchObject({ code: "usage", reason: "path_invalid" });
  });

  test("a body that is cancelled or aborted lets go of the file", async () => {
    const one = await far.files.read(far.uri("large"));
    await one.body.cancel();
    const stop = new AbortController();
    const { body } = await far.files.read(far.uri("large"), { signal: stop.signal });
    const reader = body.getReader();
    await reader.read();
    stop.abort();
    expect(await failureOf(reader.read())).toMatchObject({ code: "canceled", effect: "none" });
    await waitUntilClosed(far.root);
  });

  test("a body that nobody reads is not read ahead without end", async () => {
    const readings = await Promise.all(Array.from({ length: 20 }, () => far.files.read(far.uri("large"))));
    await far.files.stat(far.uri("large"));
    for (const { body } of readings) await body.cancel();
    await waitUntilClosed(far.root);
  });

  test("a write that is aborted, or whose content fails, leaves what was there", async () => {
    await far.files.write(far.uri("kept"), Buffer.from("before"));
    const stop = new AbortController();
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("half")),
    });
    const aborted = failureOf(far.files.write(far.uri("kept"), silent, { signal: stop.signal }));
    await expect.poll(async () => (await readdir(far.root)).some((name) => name.endsWith(".tmp"))).toBe(true);
    stop.abort();
    expect(await aborted).toMatchObject({ code: "canceled", effect: "none" });
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(Buffer.from("half"));
        controller.error(new Error("broke"));
      },
    });
    expect(await failureOf(far.files.write(far.uri("kept"), broken))).toMatchObject({
      code: "usage",
      reason: "argument_invalid",
      effect: "none",
    });
    await waitUntilClosed(far.root);
    await expect
      .poll(async () => (await readdir(far.root)).some((name) => name.endsWith(".tmp")))
      .toBe(false);
    expect(await text(far.uri("kept"))).toBe("before");
  });
});
