import { describe, expect, test } from "vitest";
import { keptOutputBytes, OutputLog } from "./output-log.js";

const bytes = (text: string) => Buffer.from(text);

describe("the kept output of a program", () => {
  test("joins what came in a row, and keeps the order of the two streams", () => {
    const log = new OutputLog();
    log.push("stdout", bytes("one "));
    log.push("stdout", bytes("two"));
    log.push("stderr", bytes("err"));
    expect(log.push("stdout", bytes("three"))).toEqual({ stream: "stdout", offset: 10, data: "three" });
    expect(log.read()).toEqual([
      { stream: "stdout", offset: 0, data: "one two" },
      { stream: "stderr", offset: 7, data: "err" },
      { stream: "stdout", offset: 10, data: "three" },
    ]);
  });

  test("drops what is oldest, to the byte", () => {
    const log = new OutputLog(8);
    log.push("stdout", bytes("abc"));
    log.push("stderr", bytes("defg"));
    log.push("stdout", bytes("hij"));
    expect(log.offset).toBe(2);
    expect(log.read()).toEqual([
      { stream: "stdout", offset: 2, data: "c" },
      { stream: "stderr", offset: 3, data: "defg" },
      { stream: "stdout", offset: 7, data: "hij" },
    ]);
  });

  test("keeps the end of one piece that is larger than everything that is kept", () => {
    const log = new OutputLog(4);
    log.push("stdout", bytes("before"));
    expect(log.push("stdout", bytes("abcdefgh"))).toMatchObject({ offset: 6, data: "abcdefgh" });
    expect(log.read()).toEqual([{ stream: "stdout", offset: 10, data: "efgh" }]);
  });

  test("gives bytes that are no text as base64", () => {
    const log = new OutputLog();
    expect(log.push("stdout", Buffer.from([0xc3]))).toEqual({
      stream: "stdout",
      offset: 0,
      dataBase64: "ww==",
    });
    log.push("stdout", Buffer.from([0xa9]));
    expect(log.read()).toEqual([{ stream: "stdout", offset: 0, data: "é" }]);
  });

  test("keeps 256 KiB of many small pieces, and nothing else alive", () => {
    const log = new OutputLog();
    const large = Buffer.alloc(64 * 1024, "x");
    for (let index = 0; index < 200_000; index += 1) {
      const at = index % 1_000;
      log.push("stdout", large.subarray(at, at + 5));
    }
    const [kept, ...more] = log.read();
    expect(more).toEqual([]);
    expect(kept?.data).toHaveLength(keptOutputBytes);
    expect(log.offset).toBe(1_000_000 - keptOutputBytes);
  });
});
