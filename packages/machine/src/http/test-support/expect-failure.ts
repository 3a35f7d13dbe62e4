import { type FairleadError, isFairleadError } from "@fairlead/core";
import { expect } from "vitest";

/** What a failure must be; what is left out may be anything. */
export type ExpectedFailure = Partial<Pick<FairleadError, "code" | "reason" | "effect" | "details">>;

/** Waits for something to fail with one of our errors. @returns the error */
export async function expectFailure(
  failing: Promise<unknown>,
  expected: ExpectedFailure,
): Promise<FairleadError> {
  const error = await failing.then(
    () => new Error("It did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!isFairleadError(error)) throw new Error("It is not one of our errors", { cause: error });
  const { code, reason, effect, details } = error;
  expect({ code, reason, effect, details }).toMatchObject(expected);
  expect(error.message).toMatch(/^[A-Z][^\n]+[^.]$/);
  return error;
}
