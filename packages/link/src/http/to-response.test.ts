import { expect, test } from "vitest";
import { toResponse } from "./to-response.js";

const head = {
  status: 200,
  statusText: "",
  headers: [],
  url: "http://user:password@a.test/path?key=secret#part",
  redirected: false,
  hasBody: false,
};

function failureOf(more: Partial<Parameters<typeof toResponse>[0]>): unknown {
  try {
    return toResponse({ ...head, ...more }, new ReadableStream());
  } catch (failure) {
    return failure;
  }
}

test("an answer that is not HTTP is told without what may be a secret", () => {
  const message = "http://a.test/path answered with something that is not HTTP (status 700)";
  expect(failureOf({ status: 700 })).toMatchObject({ code: "protocol", reason: "response_invalid", message });
  expect(failureOf({ status: 700, url: "secret" })).toMatchObject({
    message: "The server answered with something that is not HTTP (status 700)",
  });
  const failure = failureOf({ headers: [{ name: "set-cookie", value: "se\ncret" }] });
  expect(failure).toMatchObject({ reason: "response_invalid" });
  expect(failure).not.toHaveProperty("cause");
});
