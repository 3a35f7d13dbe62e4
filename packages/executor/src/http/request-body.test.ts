import { expect, test } from "vitest";
import { RequestBody, type RequestBodyOptions } from "./request-body.js";

const bytes = (text: string): Buffer => Buffer.from(text);

function body(more: Partial<RequestBodyOptions> = {}): RequestBody {
  const options = { windowBytes: 10, frameMaxBytes: 8, limitBytes: 20, toldBytes: undefined };
  return new RequestBody({ ...options, onTaken: () => {}, ...more });
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += Buffer.from(chunk).toString();
  return text;
}

test("a body is taken as it comes, and says how far", async () => {
  const told: number[] = [];
  const whole: RequestBody = body({ onTaken: () => told.push(whole.taken) });
  const read = readAll(whole.stream());
  whole.accept(bytes("abc"), false);
  await expect.poll(() => told).toEqual([3]);
  expect(whole.isDry).toBe(true);
  whole.accept(bytes("def"), true);
  expect(await read).toBe("abcdef");
  expect(told).toEqual([3, 6]);
});

test("nobody waits for room that a cancelled body would never give", async () => {
  const unread = body();
  const stream = unread.stream();
  unread.accept(bytes("12345678"), false);
  expect(() => unread.accept(bytes("12345678"), false)).toThrow(
    expect.objectContaining({ reason: "limit_reached", details: { limit: 10 } }),
  );
  await stream.cancel();
  expect(unread.taken).toBe(8);
  unread.accept(bytes("12345678"), false);
  expect(unread.taken).toBe(16);
});

test("the longest body is as long as the limit", () => {
  const longest = body({ windowBytes: 100 });
  for (const part of ["12345678", "12345678", "1234"]) longest.accept(bytes(part), false);
  expect(() => longest.accept(bytes("x"), false)).toThrow(
    expect.objectContaining({ code: "resource_exhausted", effect: "unknown", details: { limit: 20 } }),
  );
  expect(() => body({ toldBytes: 21 })).toThrow(expect.objectContaining({ effect: "none" }));
  expect(() => body({ toldBytes: 20 })).not.toThrow();
});

test.each<[name: string, accept: (given: RequestBody) => void]>([
  ["beyond its end", (given) => given.accept(bytes("x"), false)],
  ["that ends again", (given) => given.accept(bytes(""), true)],
])("a body %s is refused", (_, accept) => {
  const ended = body();
  ended.accept(bytes("abc"), true);
  expect(() => accept(ended)).toThrow(expect.objectContaining({ reason: "frame_invalid" }));
});
