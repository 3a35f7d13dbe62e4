import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { IncomingBody } from "./incoming-body.js";

const failure = new FairleadError("unavailable", "cut", { reason: "connection_reset" });

function open(windowBytes = 8): {
  readonly body: IncomingBody;
  readonly told: number[];
  readonly wasCancelled: () => boolean;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
} {
  const told: number[] = [];
  let isCancelled = false;
  const body = new IncomingBody({
    windowBytes,
    onConsumed: (offset) => void told.push(offset),
    onCancelled: () => {
      isCancelled = true;
    },
  });
  return { body, told, wasCancelled: () => isCancelled, reader: body.stream.getReader() };
}

const text = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> => {
  const { value } = await reader.read();
  return value === undefined ? undefined : Buffer.from(value).toString();
};

test("credit is given back for what was read, not for what came", async () => {
  const { body, told, reader } = open();
  body.receive(Buffer.from("a"));
  body.receive(Buffer.from("bcd"));
  await Promise.resolve();
  expect(told).toEqual([]);
  expect(await text(reader)).toBe("a");
  expect(told).toEqual([]);
  expect(await text(reader)).toBe("bcd");
  expect(told).toEqual([4]);
  const waiting = text(reader);
  body.receive(Buffer.from("later"));
  expect(await waiting).toBe("later");
  body.end();
  expect(await text(reader)).toBeUndefined();
});

test("credit is given back whenever nothing waits, however little was read", async () => {
  const { body, told, reader } = open(1_000);
  body.receive(Buffer.from("a"));
  body.receive(Buffer.from("bc"));
  expect(await text(reader)).toBe("a");
  expect(told).toEqual([]);
  expect(await text(reader)).toBe("bc");
  expect(told).toEqual([3]);
});

test("more than the window is refused", () => {
  const { body } = open();
  body.receive(Buffer.from("12345678"));
  expect(() => body.receive(Buffer.from("9"))).toThrow(
    expect.objectContaining({ code: "protocol", reason: "frame_invalid" }),
  );
});

test("what came before an end or a failure is read first", async () => {
  const [ended, failed] = [open(), open()];
  for (const { body } of [ended, failed]) body.receive(Buffer.from("last"));
  ended.body.end();
  failed.body.fail(failure);
  expect(await text(ended.reader)).toBe("last");
  expect(await text(failed.reader)).toBe("last");
  expect(await text(ended.reader)).toBeUndefined();
  await expect(failed.reader.read()).rejects.toBe(failure);
});

test("an abort overtakes what was not read", async () => {
  const { body, reader } = open();
  body.receive(Buffer.from("unread"));
  body.abort(failure);
  await expect(reader.read()).rejects.toBe(failure);
});

test("a cancelled body asks for nothing more and takes nothing more", async () => {
  const { body, told, wasCancelled, reader } = open();
  await reader.cancel();
  expect(wasCancelled()).toBe(true);
  for (let count = 0; count < 5; count += 1) body.receive(Buffer.from("12345678"));
  body.fail(failure);
  body.end();
  expect(told).toEqual([]);
});
