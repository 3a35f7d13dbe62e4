import { describe, expect, test } from "vitest";
import { keptOutputBytes, keptOutputRuns, OutputLog } from "./output-log.js";

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
    log.push("stdout", bytes(""));
    log.push("stdout", bytes("i"));
    expect(log.read()).toEqual([{ stream: "stdout", offset: 11, data: "fghi" }]);
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

  test("keeps the newest 1,024 runs of small pieces that alternate between the streams", () => {
    const log = new OutputLog();
    for (let index = 0; index < 200_000; index += 1) {
      log.push(index % 2 === 0 ? "stdout" : "stderr", bytes(`line ${String(index).padStart(6, "0")}\n`));
    }
    const kept = log.read();
    expect(kept).toHaveLength(keptOutputRuns);
    expect(kept[0]).toEqual({ stream: "stdout", offset: log.offset, data: "line 198976\n" });
    expect(kept.at(-1)).toMatchObject({ stream: "stderr", data: "line 199999\n" });
    expect(log.offset).toBe((200_000 - keptOutputRuns) * 12);
  });

  test("gives back every byte that it keeps, however the pieces were cut", () => {
    const log = new OutputLog(10_000);
    let all = "";
    for (let index = 0; index < 3_000; index += 1) {
      const piece = `${index},`.repeat(index % 97);
      all += piece;
      log.push(index % 5 === 0 ? "stderr" : "stdout", bytes(piece));
    }
    const kept = log.read();
    expect(kept.map(({ data }) => data).join("")).toBe(all.slice(-10_000));
    let { offset } = log;
    for (const chunk of kept) {
      expect(chunk.offset).toBe(offset);
      offset += chunk.data?.length ?? 0;
    }
    expect(offset).toBe(all.length);
  });
});
