import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChallenges } from "./parse-challenges.js";

function plain(header: Parameters<typeof parseChallenges>[0]): unknown[] {
  return parseChallenges(header).map(({ scheme, parameters, token68 }) => ({
    scheme,
    ...(token68 === undefined ? Object.fromEntries(parameters) : { token68 }),
  }));
}

test.each([
  ["nothing", "", []],
  ["a scheme alone", "Bearer", [{ scheme: "bearer" }]],
  [
    "words and quoted texts",
    'Bearer realm="a, b", error=invalid_token',
    [{ scheme: "bearer", realm: "a, b", error: "invalid_token" }],
  ],
  ["quoted pairs", 'Bearer realm="say \\"hi\\" \\\\"', [{ scheme: "bearer", realm: 'say "hi" \\' }]],
  ["any case", 'BEARER Scope="A"', [{ scheme: "bearer", scope: "A" }]],
  ["space around the equals sign", 'Bearer realm = "x"', [{ scheme: "bearer", realm: "x" }]],
  ["empty items", ', Bearer realm="x", , error="y",', [{ scheme: "bearer", realm: "x", error: "y" }]],
  [
    "several schemes",
    'Negotiate, Basic realm="b", charset="UTF-8", Bearer scope="a b"',
    [
      { scheme: "negotiate" },
      { scheme: "basic", realm: "b", charset: "UTF-8" },
      { scheme: "bearer", scope: "a b" },
    ],
  ],
  [
    "a token68",
    "Negotiate YWJj/+=, Bearer a=1",
    [
      { scheme: "negotiate", token68: "YWJj/+=" },
      { scheme: "bearer", a: "1" },
    ],
  ],
  [
    "a scheme's name within quotes",
    'Bearer realm="Basic realm=1", a="2"',
    [{ scheme: "bearer", realm: "Basic realm=1", a: "2" }],
  ],
  ["a comma instead of the first parameter", 'Bearer, realm="x"', [{ scheme: "bearer", realm: "x" }]],
])("reads %s", (_, header, expected) => {
  expect(plain(header)).toEqual(expected);
});

test.each([
  ["a parameter twice", 'Bearer scope="a", scope="b"'],
  ["a parameter twice in another case", 'Bearer scope="a", SCOPE="a"'],
  ["an open quote", 'Bearer realm="x'],
  ["an open quote after a pair", 'Bearer realm="x\\"'],
  ["no value", "Bearer realm=, a=1"],
  ["no comma", 'Bearer realm="x" error="y"'],
  ["a word behind a quote", 'Bearer realm="x"y'],
  ["parameters behind a token68", "Bearer abc, a=1"],
  ["strange characters", "Bearer re@lm=1"],
])("leaves a challenge out that has %s, and keeps its neighbour", (_, header) => {
  expect(plain([header, 'Basic realm="b"'])).toEqual([{ scheme: "basic", realm: "b" }]);
});

test("a malformed challenge does not take the one behind it along", () => {
  expect(plain('Digest a="1" b, Bearer scope="x"')).toEqual([{ scheme: "bearer", scope: "x" }]);
});

test("several headers arrive as one, as fetch joins them", () => {
  const headers = new Headers();
  headers.append("www-authenticate", 'Basic realm="b"');
  headers.append("www-authenticate", 'Bearer resource_metadata="https://a.example/m"');
  expect(plain(headers)).toEqual([
    { scheme: "basic", realm: "b" },
    { scheme: "bearer", resource_metadata: "https://a.example/m" },
  ]);
});

test("any text is read without an error, and what was written well comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      parseChallenges(text);
    }),
  );
  const value = fc.string({ unit: fc.constantFrom("a", "b", " ", ",", "=", '"', "\\", "'") });
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("realm", "scope", "error"), value, { minKeys: 1 }),
      (values) => {
        const quoted = Object.entries(values).map(
          ([name, text]) => `${name}="${text.replaceAll(/["\\]/g, "\\$&")}"`,
        );
        const [challenge] = parseChallenges(`Bearer ${quoted.join(", ")}`);
        expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual({ ...values });
      },
    ),
  );
});

test("a hostile header takes no longer than its length", () => {
  for (const unit of ['"', 'a="', "a=b ", '\\"', "a,", '="']) {
    const startMs = performance.now();
    parseChallenges(`Bearer ${unit.repeat(20_000)}`);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  }
});
