import { expect, test } from "vitest";
import type { FileContent } from "../ports/files.js";
import { contentChunks, dropContent } from "./content-chunks.js";

async function sizes(content: FileContent, signal?: AbortSignal): Promise<number[]> {
  const found: number[] = [];
  for await (const chunk of contentChunks(content, signal)) found.push(chunk.length);
  return found;
}

function endless(onCancel: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: onCancel,
  });
}

test("large content is cut, and empty content is nothing", async () => {
  expect(await sizes(new Uint8Array(2_500_000))).toEqual([1_048_576, 1_048_576, 402_848]);
  expect(await sizes(new Uint8Array())).toEqual([]);
});

test("a stream that is left is cancelled", async () => {
  let cancelled = 0;
  for await (const chunk of contentChunks(
    endless(() => (cancelled += 1)),
    undefined,
  )) {
    expect(chunk).toHaveLength(10);
    break;
  }
  dropContent(endless(() => (cancelled += 1)));
  expect(cancelled).toBe(2);
});

test("an abort ends also a read that waits", async () => {
  const stop = new AbortController();
  let cancelled = 0;
  const silent = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled += 1) });
  const reading = sizes(silent, stop.signal);
  stop.abort();
  await expect(reading).rejects.toMatchObject({ code: "canceled" });
  expect(cancelled).toBe(1);
});

test.each([
  ["that fails", new ReadableStream({ start: (controller) => controller.error(new Error("broke")) })],
  [
    "that does not consist of bytes",
    new ReadableStream({ start: (controller) => controller.enqueue("text") }),
  ],
  ["that somebody else reads", locked()],
])("a stream %s is told as such", async (_, stream) => {
  await expect(sizes(stream as ReadableStream<Uint8Array>)).rejects.toMatchObject({
    code: "usage",
    reason: "argument_invalid",
    effect: "none",
  });
});

function locked(): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>();
  stream.getReader();
  return stream;
}
