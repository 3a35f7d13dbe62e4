import { describe, expect, it } from "vitest";
import { missingCapabilities, neededCapabilities } from "./input-capabilities.js";
import { buildInputRequired, isInputRequestMethod, readInputAnswers } from "./input-required.js";
import { readUrlElicitations } from "./url-elicitations.js";

describe("buildInputRequired", () => {
  it("puts a server's requests in, their params byte for byte", () => {
    const raw = buildInputRequired({
      requests: [
        { key: 'a"b', method: "elicitation/create", paramsRaw: Buffer.from('{ "message":"\\u0061" }') },
        { key: "r", method: "roots/list" },
      ],
      requestState: "s\n",
    });
    expect(raw.toString()).toBe(
      '{"resultType":"input_required","inputRequests":{"a\\"b":{"method":"elicitation/create","params":{ "message":"\\u0061" }},"r":{"method":"roots/list"}},"requestState":"s\\n"}',
    );
  });

  it("may carry a state alone, and refuses to ask for nothing", () => {
    expect(buildInputRequired({ requests: [], requestState: "s" }).toString()).toBe(
      '{"resultType":"input_required","requestState":"s"}',
    );
    expect(() => buildInputRequired({ requests: [] })).toThrow(RangeError);
  });
});

describe("readInputAnswers", () => {
  it("gives each bare answer as it came, and the state", () => {
    const answers = readInputAnswers(
      Buffer.from(
        '{"name":"t","inputResponses":{"k\\u0031":{ "action" : "accept" },"r":{"roots":[]}},"requestState":"s\\n"}',
      ),
    );
    const texts = [...(answers?.responses ?? [])].map(([key, raw]) => [key, raw.toString()]);
    expect(texts).toEqual([
      ["k1", '{ "action" : "accept" }'],
      ["r", '{"roots":[]}'],
    ]);
    expect(answers?.requestState).toBe("s\n");
  });

  it("leaves out answers that are wrapped or no objects, and a state that is no text", () => {
    const raw =
      '{"inputResponses":{"a":{"method":"roots/list","result":{}},"b":1,"c":{"result":1},"d":{},"d":[]},"requestState":5}';
    const answers = readInputAnswers(Buffer.from(raw));
    expect([...(answers?.responses.keys() ?? [])]).toEqual(["c"]);
    expect(answers?.requestState).toBeUndefined();
  });

  it("tells a first request from a repeated one", () => {
    expect(readInputAnswers(Buffer.from('{"name":"t","arguments":{"requestState":"s"}}'))).toBeUndefined();
    expect(readInputAnswers(Buffer.from('{"requestState":"s"}'))?.requestState).toBe("s");
    expect(readInputAnswers(Buffer.from('{"inputResponses":[1]}'))?.responses.size).toBe(0);
  });
});

describe("capabilities", () => {
  it.each([
    ["a form", "elicitation/create", { message: "m" }, { elicitation: { form: {} } }],
    ["a page", "elicitation/create", { mode: "url" }, { elicitation: { url: {} } }],
    ["a sample", "sampling/createMessage", {}, { sampling: {} }],
    ["a sample with tools", "sampling/createMessage", { tools: [] }, { sampling: { tools: {} } }],
    ["roots", "roots/list", undefined, { roots: {} }],
  ] as const)("needed for %s are known", (_, method, params, expected) => {
    expect(neededCapabilities(method, params)).toEqual(expected);
  });

  it.each([
    [{ elicitation: { form: {} } }, { elicitation: {} }, undefined],
    [{ elicitation: { url: {} } }, { elicitation: {} }, { elicitation: { url: {} } }],
    [{ elicitation: { form: {} } }, { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    [{ sampling: { tools: {} } }, { sampling: {} }, { sampling: { tools: {} } }],
    [{ sampling: {} }, { sampling: { tools: {} } }, undefined],
    [{ roots: {} }, {}, { roots: {} }],
  ])("%j of an agent that declared %j lack %j", (needed, declared, missing) => {
    expect(missingCapabilities(needed, declared)).toEqual(missing);
  });

  it("only the three requests can be put to a modern agent", () => {
    const methods = [
      "elicitation/create",
      "sampling/createMessage",
      "roots/list",
      "ping",
      "tools/list",
      "toString",
    ];
    expect(methods.filter(isInputRequestMethod)).toEqual(methods.slice(0, 3));
  });
});

describe("readUrlElicitations", () => {
  it("turns the pages of the legacy error into requests", () => {
    const error =
      '{"code":-32042,"message":"m","data":{"elicitations":[{ "mode":"url","url":"https://a" },{"url":"https://b"}]}}';
    const found = readUrlElicitations(Buffer.from(error));
    expect(found?.map(({ key, method, paramsRaw }) => [key, method, paramsRaw?.toString()])).toEqual([
      ["url-1", "elicitation/create", '{ "mode":"url","url":"https://a" }'],
      ["url-2", "elicitation/create", '{"mode":"url","url":"https://b"}'],
    ]);
  });

  it("leaves every other error alone", () => {
    const errors = [
      '{"code":-32602,"data":{"elicitations":[{}]}}',
      '{"code":-32042}',
      '{"code":-32042,"data":{"elicitations":[]}}',
      "{}",
    ];
    for (const error of errors) expect(readUrlElicitations(Buffer.from(error))).toBeUndefined();
  });
});
