import { expect, test } from "vitest";
import { codeOf, pastedParameters } from "./callback-parameters.js";

const issuer = "https://as.example/t";

function read(query: string, sendsIssuer = false) {
  return () => codeOf(new URLSearchParams(query), { issuer, sendsIssuer });
}

test("a code is taken from its issuer, or from nobody in particular where issuers are not named", () => {
  expect(read("code=c")()).toBe("c");
  expect(read(`code=c&iss=${encodeURIComponent(issuer)}`, true)()).toBe("c");
});

test.each([
  ["another", "code=c&iss=https%3A%2F%2Fevil.example", false],
  [
    "one that only normalizing makes equal",
    `code=c&iss=${encodeURIComponent("https://AS.example/t")}`,
    false,
  ],
  ["one with a slash more", `code=c&iss=${encodeURIComponent(`${issuer}/`)}`, false],
  ["none, although it was promised", "code=c", true],
])("an answer with %s as its issuer is refused", (_, query, sendsIssuer) => {
  expect(read(query, sendsIssuer)).toThrow(
    expect.objectContaining({ code: "protocol", reason: "oauth_answer_invalid" }),
  );
});

test("nothing of what somebody else says is shown", () => {
  const query = "error=access_denied&error_description=call+this+number&iss=https%3A%2F%2Fevil.example";
  expect(read(query)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("number") }));
  expect(read(query)).toThrow(expect.objectContaining({ reason: "oauth_answer_invalid" }));
});

test("a refusal is told in one clean line", () => {
  const description = encodeURIComponent(`You\u001b[2J\r\n may not ${"x".repeat(500)}`);
  const error = (() => {
    try {
      return read(`error=access_denied&error_description=${description}`)();
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({
    code: "forbidden",
    reason: "oauth_denied",
    details: { providerError: "access_denied" },
    message: expect.stringContaining("access_denied: You [2J may not xxx"),
  });
  expect((error as Error).message.length).toBeLessThan(500);
});

test.each([
  ["http://127.0.0.1:4100/callback?code=c&state=s", { code: "c", state: "s" }],
  ["  'http://localhost:9/callback?code=c&state=s'  ", { code: "c", state: "s" }],
  ["?code=c&state=s", { code: "c", state: "s" }],
  ["code=c&state=s", { code: "c", state: "s" }],
  ["http://127.0.0.1:4100/elsewhere?code=c&state=s", undefined],
  ["hello", undefined],
])("%s, when pasted, is read", (line, expected) => {
  const parameters = pastedParameters(line, "http://127.0.0.1:4100/callback");
  expect(parameters === undefined ? undefined : Object.fromEntries(parameters)).toEqual(expected);
});
