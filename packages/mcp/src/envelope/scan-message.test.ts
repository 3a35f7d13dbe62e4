import { describe, expect, it } from "vitest";
import { createRandom, type Random, randomJson, space } from "../test-support/random-json.js";
import type { ByteRange } from "./json-scan.js";
import { findMember, parseRange } from "./members.js";
import { type ScannedMessage, scanMessage } from "./scan-message.js";

const scan = (text: string): ScannedMessage => scanMessage(Buffer.from(text));

describe("scanMessage", () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"a"}', { kind: "request", method: "a", params: undefined }],
    ['{"method":"a","id":"x"}', { kind: "request", method: "a" }],
    ['{"method":"a","id":null}', { kind: "request" }],
    ['{"method":"a"}', { kind: "notification", params: undefined }],
    ['{"m\\u0065thod":"a\\u0062"}', { kind: "notification", method: "ab" }],
    ['{"result":null,"id":5}', { kind: "result" }],
    ['{"result":{},"error":null,"id":5}', { kind: "result" }],
    ['{"result":null,"error":{"code":1},"id":5}', { kind: "error" }],
    ['{"error":{"code":1}}', { kind: "error", id: undefined }],
    ['{"extra":[1,{"id":9}],"id":5,"result":1,"more":{}}', { kind: "result" }],
    ['\ufeff {"method":"a"} \r', { kind: "notification" }],
  ])("reads %s", (text, expected) => {
    expect(scan(text)).toMatchObject(expected);
  });

  it.each([
    ["Listening on stdio", "not_json"],
    ['{"method":"a"', "not_json"],
    ['{"method":"a"}}', "not_json"],
    ['{"method":"a"} x', "not_json"],
    ['{"method":"a",}', "not_json"],
    ['{"method":"a","params":{"x":1]}', "not_json"],
    ['{"method":"a","params":"\\x"}', "not_json"],
    ['{"method":"a","params":"\\u12g4"}', "not_json"],
    ['{"method":"a","params":"tab\there"}', "not_json"],
    [`{"method":"a","params":"${"long ".repeat(100)}\there"}`, "not_json"],
    ['{"method":"a","params":01}', "not_json"],
    ['{"method":"a","params":1.}', "not_json"],
    ['{"method":"a","params":-}', "not_json"],
    ['{"method":"a","params":nul}', "not_json"],
    ['{"method":"a","params":NaN}', "not_json"],
    ["", "not_json"],
    ['[{"method":"a"}]', "batch"],
    ["42", "not_object"],
    ['"text"', "not_object"],
    ['{"id":{},"method":"a"}', "bad_id"],
    ['{"id":true,"result":1}', "bad_id"],
    ['{"id":1}', "bad_envelope"],
    ['{"id":1,"error":null}', "bad_envelope"],
    ['{"result":1}', "bad_envelope"],
    ['{"method":7,"id":1}', "bad_envelope"],
  ])("refuses %s", (text, problem) => {
    expect(scan(text)).toMatchObject({ kind: "invalid", problem });
  });

  it("finds the id in a broken line, so that its call need not wait", () => {
    expect(scan('{"result":{"text":"\\x"},"id":"q"}')).toMatchObject({
      problem: "not_json",
      id: { value: "q" },
    });
    expect(scan('{"id":7,"method":"a","params":{]}')).toMatchObject({ id: { value: 7 }, hasMethod: true });
  });

  it("lets the last of equal keys win, like JSON.parse", () => {
    const text = '{"id":1,"method":"a","id":2,"method":"b","params":{"k":1,"k":2}}';
    const message = scan(text);
    expect(message).toMatchObject({ id: { value: 2 }, method: "b" });
    const params = (message as { params: ByteRange }).params;
    expect(parseRange(Buffer.from(text), findMember(Buffer.from(text), params, "k"))).toBe(2);
  });

  it.each(["1.0", "12345678901234567890", "-0", "1e400", '"\\u0061b"', "null"])(
    "keeps the bytes of id %s",
    (id) => {
      expect((scan(`{"id":${id},"result":0}`) as { id: { raw: Buffer } }).id.raw.toString()).toBe(id);
    },
  );

  it("takes nesting up to the limit and refuses more, without recursion", () => {
    expect(scan(nested(9_999)).kind).toBe("notification");
    expect(scan(nested(1_000_000))).toMatchObject({ kind: "invalid", problem: "too_deep", hasMethod: true });
  });

  it("is linear in the length of whatever it is given", () => {
    const million = 1_000_000;
    const texts = [
      `{"method":"a","params":"${"\\\\".repeat(million)}"}`,
      `{"method":"a","params":"${`${"x".repeat(120)}\\n`.repeat(20_000)}"}`,
      `{"method":"a","params":[${`"${"x".repeat(120)}",`.repeat(20_000)}0]}`,
      `{"method":"a","params":"${"x".repeat(4 * million)}`,
      `{"method":"a","params":{${'"":{'.repeat(100_000)}`,
    ];
    const startedAt = performance.now();
    for (const text of texts) scan(text);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it("finds for random messages what JSON.parse finds", () => {
    for (let seed = 1; seed <= 1_500; seed += 1) {
      const text = randomMessage(createRandom(seed));
      const { id, ...parsed } = JSON.parse(text) as Record<string, unknown>;
      const message = scan(text);
      const expected = {
        text,
        kind: expectedKind(parsed, id),
        params: parsed["params"],
        result: parsed["result"],
      };
      const { kind, params, result } = { params: undefined, result: undefined, ...message };
      const found = {
        text,
        kind,
        params: parseAt(message.line, params),
        result: parseAt(message.line, result),
      };
      expect(found).toEqual(kind === "invalid" ? { text, kind: "invalid" } : expected);
      expect("id" in message ? message.id?.value : id).toEqual(kind === "notification" ? undefined : id);
    }
  });

  it("accepts of damaged messages only what JSON.parse accepts, and never throws", () => {
    for (let seed = 1; seed <= 4_000; seed += 1) {
      const random = createRandom(seed);
      const bytes = damage(Buffer.from(randomMessage(random)), random);
      const message = scanMessage(bytes);
      const text = bytes.toString("utf8");
      const isAccepted = message.kind !== "invalid" || message.problem.startsWith("bad_");
      expect([text, isAccepted]).toEqual([text, isJsonObject(text)]);
    }
  });
});

function randomMessage(random: Random): string {
  const id = random.pick(["1", '"a\\n"', "null", "1.5", "12345678901234567890"]);
  const members = random.pick([
    ["id", "method", "params"],
    ["method", "params"],
    ["result", "id"],
    ["error", "id"],
    ["id", "method"],
    ["jsonrpc", "x", "id", "result"],
  ]);
  const parts = members.map((key) => {
    const value = key === "id" ? id : key === "method" ? '"tools/call"' : randomJson(random);
    return `${space(random)}"${key}"${space(random)}:${space(random)}${value}${space(random)}`;
  });
  return `${space(random)}{${parts.join(",")}}${space(random)}`;
}

function parseAt(line: Buffer, range: ByteRange | undefined): unknown {
  return range === undefined ? undefined : parseRange(line, range);
}

function expectedKind(parsed: Record<string, unknown>, id: unknown): string {
  if ("method" in parsed) return id === undefined ? "notification" : "request";
  if ("error" in parsed) return parsed["error"] === null ? "invalid" : "error";
  return "result";
}

function nested(depth: number): string {
  return `{"method":"a","params":${"[".repeat(depth)}${"]".repeat(depth)}}`;
}

function damage(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(copy.length);
  const kind = random.below(3);
  if (kind === 0) return copy.subarray(0, at);
  // ASCII only: what is not UTF-8 is passed on as it is, but JSON.parse never gets to see it.
  if (kind === 1) copy[at] = random.below(0x80);
  if (kind === 2) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)]);
  return copy;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
