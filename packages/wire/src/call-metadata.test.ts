import { Metadata } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { createCallMetadata, hasBrowserOrigin, readBearerToken, readSessionRef } from "./call-metadata.js";

function metadataOf(entries: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
  return metadata;
}

describe("the session of a call", () => {
  test("comes back as it was written", () => {
    const ref = { sessionId: "s_1", epoch: 42 };
    expect(readSessionRef(createCallMetadata("token", ref))).toEqual(ref);
  });

  test.each([
    [{}],
    [{ "fairlead-session": "s_1" }],
    [{ "fairlead-epoch": "1" }],
    [{ "fairlead-session": "s_1", "fairlead-epoch": "" }],
    [{ "fairlead-session": "s_1", "fairlead-epoch": "-1" }],
    [{ "fairlead-session": "s_1", "fairlead-epoch": "1.5" }],
    [{ "fairlead-session": "s_1", "fairlead-epoch": "0x1" }],
    [{ "fairlead-session": "s_1", "fairlead-epoch": "1234567890123456" }],
  ])("is asked for where %j names none", (entries) => {
    expect(() => readSessionRef(metadataOf(entries))).toThrow(
      expect.objectContaining({ code: "usage", reason: "argument_invalid", effect: "none" }),
    );
  });
});

test.each<[header: string | undefined, token: string | undefined]>([
  ["Bearer abc", "abc"],
  ["bearer abc", "abc"],
  ["BEARER a-b_c.d~e+f/g=", "a-b_c.d~e+f/g="],
  [undefined, undefined],
  ["", undefined],
  ["Bearer", undefined],
  ["Bearer ", undefined],
  ["Bearer a b", undefined],
  ["Basic abc", undefined],
  ["xBearer abc", undefined],
])("the authorization %j carries the token %j", (header, token) => {
  expect(readBearerToken(metadataOf(header === undefined ? {} : { authorization: header }))).toBe(token);
});

test("a call carries its token only where there is one", () => {
  expect(readBearerToken(createCallMetadata("abc"))).toBe("abc");
  expect(createCallMetadata(undefined).getMap()).toEqual({});
});

test("only a call out of a web page says where it comes from", () => {
  expect(hasBrowserOrigin(metadataOf({ origin: "https://example.org" }))).toBe(true);
  expect(hasBrowserOrigin(metadataOf({ origin: "null" }))).toBe(true);
  expect(hasBrowserOrigin(new Metadata())).toBe(false);
});
