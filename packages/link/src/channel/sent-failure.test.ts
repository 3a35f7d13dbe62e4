import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { toSentFailure } from "./sent-failure.js";

test("a failure without effect tells everything but that of a request that was sent", () => {
  const why = new FairleadError("unavailable", "full", {
    reason: "limit_reached",
    effect: "none",
    details: { limit: 3 },
  });
  const { code, message, reason, details } = why;
  expect(toSentFailure(why)).toMatchObject({ code, message, reason, details, effect: "unknown", cause: why });
});

test("a failure whose effect is not known stays as it is", () => {
  const why = new FairleadError("unavailable", "cut");
  expect(toSentFailure(why)).toBe(why);
});
