import { describe, expect, test } from "vitest";
import { errorCodes, isErrorCode } from "./error-table.js";
import { canceledError, FairleadError, isFairleadError, toFairleadError } from "./fairlead-error.js";

describe("an error", () => {
  test("keeps its cause but does not show it to peers", () => {
    const cause = new Error("the secret is hunter2");
    const error = new FairleadError("unavailable", "It is gone", {
      cause,
      reason: "session_lost",
      details: { name: "x" },
    });
    expect(error.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "unavailable",
      message: "It is gone",
      details: { reason: "session_lost", name: "x" },
    });
  });

  test("claims no knowledge of its effect unless told", () => {
    expect(new FairleadError("usage", "x").effect).toBe("unknown");
    expect(new FairleadError("usage", "x", { effect: "none" }).effect).toBe("none");
  });

  test("is known also when another copy of this package made it", () => {
    const foreign = Object.assign(new Error("x"), { name: "FairleadError", code: "not_found" });
    expect(isFairleadError(foreign)).toBe(true);
    expect(isFairleadError(Object.assign(new Error("x"), { name: "FairleadError", code: "nonsense" }))).toBe(
      false,
    );
    expect(isFairleadError(new Error("x"))).toBe(false);
    expect(isFairleadError("x")).toBe(false);
  });
});

describe("something else that was thrown", () => {
  test("becomes internal, with the original as its cause", () => {
    const thrown = new TypeError("x is not a function");
    expect(toFairleadError(thrown)).toMatchObject({ code: "internal", cause: thrown });
    expect(toFairleadError("text")).toMatchObject({ code: "internal" });
    expect(toFairleadError(undefined)).toMatchObject({ code: "internal" });
  });

  test("is a cancellation if it is an abort", () => {
    expect(toFairleadError(new DOMException("x", "AbortError"))).toMatchObject({ code: "canceled" });
  });

  test("is the failure itself where the clean-up behind it failed too", async () => {
    const error = new FairleadError("unavailable", "It is gone");
    const resource = (name: string): AsyncDisposable => ({
      [Symbol.asyncDispose]: () => Promise.reject(new Error(`${name} cannot be closed`)),
    });
    const thrown = await (async () => {
      await using _outer = resource("outer");
      await using _inner = resource("inner");
      throw error;
    })().catch((caught: unknown) => caught);
    expect(thrown).not.toBe(error);
    expect(toFairleadError(thrown)).toBe(error);
  });

  test("stays itself if it is one of ours", () => {
    const error = new FairleadError("usage", "x");
    expect(toFairleadError(error)).toBe(error);
  });
});

test("an aborted signal's own error wins over a general one", () => {
  const own = new FairleadError("deadline_exceeded", "too late");
  expect(canceledError(AbortSignal.abort(own), "It")).toBe(own);
  expect(canceledError(AbortSignal.abort("why"), "It")).toMatchObject({
    code: "canceled",
    message: "It was cancelled",
  });
});

test("only the codes of the table are codes", () => {
  expect(errorCodes.every(isErrorCode)).toBe(true);
  expect(["", "toString", "constructor", "USAGE"].some(isErrorCode)).toBe(false);
});
