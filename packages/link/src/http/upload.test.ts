import type { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { Upload } from "./upload.js";

interface Sent {
  readonly frames: string[];
  readonly failures: FairleadError[];
  readonly upload: Upload;
}

function start(body: ReadableStream<unknown>): Sent {
  const frames: string[] = [];
  const failures: FairleadError[] = [];
  const upload = new Upload(body, {
    windowBytes: 5,
    frameBytes: 2,
    send: (frame) =>
      frames.push(frame.bodyEnd === true ? "end" : Buffer.from(frame.body as Buffer).toString()),
    onFailed: (failure) => failures.push(failure),
  });
  upload.start();
  return { frames, failures, upload };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a body goes out in frames, within the window, and then its end", async () => {
  const { frames, upload } = start(new Blob(["abcdefghijkl"]).stream());
  await expect.poll(() => frames).toEqual(["ab", "cd", "e"]);
  upload.taken(1);
  await settle();
  expect(frames).toEqual(["ab", "cd", "e", "f"]);
  upload.taken(6);
  upload.taken(2);
  await settle();
  expect(frames.join("")).toBe("abcdefghijk");
  upload.taken(11);
  await expect.poll(() => frames.slice(-2)).toEqual(["l", "end"]);
  expect(() => upload.taken(13)).toThrow(expect.objectContaining({ reason: "frame_invalid" }));
});

test("a stopped upload tells its source, and sends no more", async () => {
  let why: unknown;
  const { frames, failures, upload } = start(
    new ReadableStream({
      pull: (controller) => controller.enqueue(Buffer.from("abc")),
      cancel: (reason) => {
        why = reason;
      },
    }),
  );
  await expect.poll(() => frames.join("")).toBe("abcab");
  upload.stop("enough");
  upload.stop("again");
  await settle();
  expect(why).toBe("enough");
  expect(frames.join("")).toBe("abcab");
  expect(failures).toEqual([]);
});

test("a body that somebody else reads is refused before anything is sent", () => {
  const body = new Blob(["x"]).stream();
  body.getReader();
  expect(() => start(body)).toThrow(
    expect.objectContaining({ code: "usage", reason: "argument_invalid", effect: "none" }),
  );
});

test.each<[name: string, body: () => ReadableStream<unknown>, message: string]>([
  [
    "that fails",
    () => new ReadableStream({ pull: () => Promise.reject(new Error("disk full")) }),
    "disk full",
  ],
  ["of something else than bytes", () => new ReadableStream({ pull: (to) => to.enqueue({}) }), "bytes"],
])("a source %s fails the upload", async (_, body, message) => {
  const { failures } = start(body());
  await expect.poll(() => failures.length).toBe(1);
  expect(failures[0]).toMatchObject({ code: "usage", reason: "argument_invalid" });
  expect(failures[0]?.message).toContain(message);
});
