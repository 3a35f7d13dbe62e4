import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { tellWhere } from "./tell-where.js";

test("what a network refuses is told with the machine whose network it is", () => {
  const failure = new FairleadError("unavailable", "The server x:1 cannot be reached", {
    reason: "connect_failed",
    effect: "none",
    details: { target: "x:1" },
  });
  expect(tellWhere(failure, "Executor devbox")).toMatchObject({
    code: "unavailable",
    message: "Executor devbox: The server x:1 cannot be reached",
    reason: "connect_failed",
    effect: "none",
    details: { target: "x:1" },
    cause: failure,
  });
});

test("what has nothing to do with a network stays as it is", () => {
  const failure = new FairleadError("resource_exhausted", "Too large", { reason: "response_too_large" });
  expect(tellWhere(failure, "Executor devbox")).toBe(failure);
});
