import { expect, test } from "vitest";
import { headersFor } from "./forwarded-headers.js";

test("a server gets only the headers that its own configuration names", () => {
  const headers = { "x-tenant": "a", "x-trace": "b" };
  expect(headersFor({ forwardHeaders: ["x-tenant", "x-other"] }, headers)).toEqual({ "x-tenant": "a" });
  expect(headersFor({ forwardHeaders: ["x-other"] }, headers)).toBeUndefined();
  expect(headersFor({}, headers)).toBeUndefined();
  expect(headersFor({ forwardHeaders: ["x-tenant"] }, undefined)).toBeUndefined();
});
