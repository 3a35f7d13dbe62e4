import { expect, test } from "vitest";
import { decodeBlock } from "./decode-block.js";

const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.from("rest")]).toString("base64");
const text = Buffer.from("just words").toString("base64");

test("texts, and resources that are texts, are their text", () => {
  expect(decodeBlock({ type: "text", text: "hello" })).toEqual({ kind: "text", text: "hello" });
  expect(decodeBlock({ type: "resource", resource: { uri: "a:b", text: "inside" } })).toEqual({
    kind: "text",
    text: "inside",
  });
});

test.each([
  [{ type: "image", mimeType: "image/png", data: png }, "png"],
  [{ type: "image", mimeType: "IMAGE/PNG", data: png }, "png"],
  [{ type: "image", mimeType: "image/png ; q=1", data: png }, "png"],
  [{ type: "audio", mimeType: "audio/ogg; codecs=opus", data: text }, "ogg"],
  [{ type: "image", mimeType: "image/svg+xml", data: text }, "svg"],
  [{ type: "audio", mimeType: "audio/x-wav", data: text }, "wav"],
  [{ type: "image", data: text }, "bin"],
  [{ type: "image", mimeType: "image/../../x", data: text }, "bin"],
  [{ type: "resource", resource: { uri: "a:b", mimeType: "application/pdf", blob: text } }, "pdf"],
])("%j is data for a file .%s", (block, extension) => {
  expect(decodeBlock(block)).toMatchObject({ kind: "data", extension });
});

test("data is decoded with either alphabet, with line breaks, with or without padding", () => {
  const bytes = Buffer.from([0xfb, 0xff, 0xbe, 0x01]);
  for (const data of ["+/++AQ==", "-_--AQ==", "+/++AQ", "+/++\r\nAQ==\n"]) {
    expect(decodeBlock({ type: "audio", mimeType: "audio/mpeg", data })).toMatchObject({ data: bytes });
  }
});

test.each([
  ["%% no base64 %%", "is not base64"],
  ["", "is not base64"],
  ["AAAAA", "is not base64"],
  ["AA=", "is not base64"],
  ["A=AA", "is not base64"],
  [undefined, "has no data"],
  [7, "has no data"],
  [text, "is no image/png"],
  [png.slice(0, 8), "is no image/png"],
])("a picture whose data is %j is broken", (data, problem) => {
  expect(decodeBlock({ type: "image", mimeType: "image/png", data })).toMatchObject({
    kind: "broken",
    what: "image, image/png",
    problem: expect.stringContaining(problem),
  });
});

test.each(["jpeg", "jpg", "gif", "webp", "bmp", "png; q=1", "PNG;q=1"])("words are no %s", (kind) => {
  expect(decodeBlock({ type: "image", mimeType: `image/${kind}`, data: text }).kind).toBe("broken");
});

test.each([
  ["image/jpeg", "ffd8ffe0", "jpg"],
  ["image/gif", "474946383961", "gif"],
  ["image/webp", "524946460000000057454250", "webp"],
  ["image/bmp", "424d00", "bmp"],
])("%s is told by its first bytes", (mimeType, hex, extension) => {
  const data = Buffer.from(hex, "hex").toString("base64");
  expect(decodeBlock({ type: "image", mimeType, data })).toMatchObject({ kind: "data", extension });
});

test("what nobody can show is named, and what is no block at all is broken", () => {
  expect(decodeBlock({ type: "resource_link", uri: "a:b" })).toEqual({
    kind: "other",
    what: "resource_link a:b",
  });
  expect(decodeBlock({ type: "vendor/x" })).toEqual({ kind: "other", what: "vendor/x" });
  expect(decodeBlock(null)).toMatchObject({ kind: "broken" });
  expect(decodeBlock("text")).toMatchObject({ kind: "broken" });
});
