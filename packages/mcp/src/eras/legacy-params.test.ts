import { describe, expect, it } from "vitest";
import { toLegacyParams, toLegacyRequestParams } from "./legacy-params.js";
import { metaKeys } from "./meta-keys.js";

const version = `"${metaKeys.protocolVersion}":"2026-07-28"`;
const capabilities = `"${metaKeys.clientCapabilities}": {"a":[1,{"_meta":{}}]}`;
const rest = `"${metaKeys.clientInfo}":{"name":"a"},"${metaKeys.logLevel}":"info"`;

function legacy(raw: string): string {
  return toLegacyRequestParams(Buffer.from(raw)).toString();
}

describe("toLegacyRequestParams", () => {
  it("takes out what the agent says about itself and keeps everything else byte for byte", () => {
    const raw = `{ "name":"t", "_meta" : { ${version} , "progressToken": 1.0, ${capabilities}, "traceparent":"00", ${rest}, "io.modelcontextprotocol/related-task":{"x":1} } ,"arguments" : {"n":1e3} }`;
    expect(legacy(raw)).toBe(
      '{ "name":"t", "_meta" : { "progressToken": 1.0, "traceparent":"00", "io.modelcontextprotocol/related-task":{"x":1} } ,"arguments" : {"n":1e3} }',
    );
  });

  it("takes _meta out where nothing else is in it", () => {
    expect(legacy(`{"_meta":{${version},${capabilities},${rest}}}`)).toBe("{}");
    expect(legacy(`{"a":1, "_meta":{${version}} ,"b":2}`)).toBe('{"a":1 ,"b":2}');
    expect(legacy(`{"_meta":{${version}},"b":2}`)).toBe('{"b":2}');
    expect(legacy('{"_meta":{}}')).toBe('{"_meta":{}}');
  });

  it("takes out keys that are written with escapes, and every one of equal keys", () => {
    const escaped = version.replace("io.", "\\u0069o.");
    expect(legacy(`{"_meta":{${escaped}},"\\u005fmeta":{${version},"k":1}}`)).toBe('{"\\u005fmeta":{"k":1}}');
  });

  it("takes out the answers and the state of an input_required round", () => {
    expect(legacy('{"inputResponses":{"k":{}},"name":"t","requestState":"s"}')).toBe('{"name":"t"}');
    const nested = '{"arguments":{"requestState":"mine","_meta":{"io.modelcontextprotocol/logLevel":"x"}}}';
    expect(legacy(nested)).toBe(nested);
  });

  it("gives back the same bytes where there is nothing to do, and for what is no object", () => {
    for (const raw of [
      "{}",
      "[1]",
      "null",
      '{"_meta":null}',
      '{"_meta":[1]}',
      '{"_meta":{"progressToken":1}}',
    ]) {
      const bytes = Buffer.from(raw);
      expect(toLegacyRequestParams(bytes)).toBe(bytes);
    }
  });
});

it("toLegacyParams leaves members of notifications alone that mean something in requests only", () => {
  const raw = Buffer.from(`{"requestState":"theirs","_meta":{${version}}}`);
  expect(toLegacyParams(raw).toString()).toBe('{"requestState":"theirs"}');
});
