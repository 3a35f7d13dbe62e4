import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromSystemBytes, hasRawBytes, toFilePath, toShownText, toSystemBytes } from "./raw-text.js";

describe("text of the system", () => {
  it.each([
    ["plain", Buffer.from("/usr/bin"), "/usr/bin", false],
    ["UTF-8", Buffer.from("/home/jörg/🚀"), "/home/jörg/🚀", false],
    ["a byte that begins nothing", Buffer.from([0x2f, 0xff, 0x2f]), "/\udcff/", true],
    ["a sequence that breaks off", Buffer.from([0xc3, 0x2f]), "\udcc3/", true],
    ["a sequence at the end", Buffer.from([0x61, 0xe2, 0x82]), "a\udce2\udc82", true],
    ["an encoded surrogate", Buffer.from([0xed, 0xb3, 0xbf]), "\udced\udcb3\udcbf", true],
    ["UTF-8 beside a bad byte", Buffer.from([0xc3, 0xb6, 0xff]), "ö\udcff", true],
  ])("%s", (_name, bytes, text, isRaw) => {
    expect(fromSystemBytes(bytes)).toBe(text);
    expect(toSystemBytes(text)).toEqual(bytes);
    expect(hasRawBytes(text)).toBe(isRaw);
  });

  it("comes back byte by byte, whatever it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (array) => {
        const bytes = Buffer.from(array);
        expect(toSystemBytes(fromSystemBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  it("is shown with a replacement, and looked up by its bytes", () => {
    expect(toShownText("/a\udcff/b")).toBe("/a\ufffd/b");
    expect(toFilePath("/a\udcff")).toEqual(Buffer.from([0x2f, 0x61, 0xff]));
    expect(toFilePath("/a")).toBe("/a");
  });
});
