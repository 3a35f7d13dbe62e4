import { errorCodes, errorReasons, errorTable, FairleadError } from "@fairlead/core";
import { Metadata, status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { readErrorDetail, toFailedStatus } from "./error-detail.js";
import { fromServiceError } from "./from-service-error.js";

function overTheWire(error: FairleadError): FairleadError | undefined {
  const failed = toFailedStatus(error);
  return readErrorDetail(failed.metadata, undefined);
}

describe("an error that crosses gRPC", () => {
  test.each(errorCodes)("keeps its code %s and has the status of the table", (code) => {
    const failed = toFailedStatus(new FairleadError(code, "what happened", { effect: "none" }));
    expect(readErrorDetail(failed.metadata, undefined)).toMatchObject({ code, effect: "none" });
    expect(status[failed.code]).toBe(errorTable[code].grpc ?? "UNKNOWN");
  });

  test("keeps its reason, details and message", () => {
    for (const reason of errorReasons) {
      const told = overTheWire(
        new FairleadError("not_found", "no such thing", { reason, details: { name: "x", n: 3 } }),
      );
      expect(told).toMatchObject({ reason, message: "no such thing", details: { name: "x", n: "3" } });
    }
  });

  test("tells nothing of a bug but that there is one", () => {
    const told = overTheWire(new FairleadError("internal", "the secret is hunter2"));
    expect(told?.message).not.toContain("hunter2");
  });

  test("stays small enough for a trailer whatever it carries", () => {
    const details = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`key${index}`, "x".repeat(5_000)]),
    );
    const failed = toFailedStatus(new FairleadError("usage", "y".repeat(100_000), { details }));
    const [packed] = failed.metadata.get("grpc-status-details-bin");
    expect(packed?.length).toBeLessThan(8 * 1024);
    expect(readErrorDetail(failed.metadata, undefined)?.code).toBe("usage");
  });

  test("with a broken trailer counts as the transport's own", () => {
    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from([255, 255, 1, 2, 3]));
    expect(readErrorDetail(metadata, undefined)).toBeUndefined();
  });
});

describe("a status that the transport made", () => {
  test.each([
    [status.DEADLINE_EXCEEDED, "deadline_exceeded"],
    [status.RESOURCE_EXHAUSTED, "resource_exhausted"],
    [status.UNIMPLEMENTED, "protocol"],
    [status.UNAUTHENTICATED, "unauthenticated"],
    [status.PERMISSION_DENIED, "forbidden"],
    [status.INTERNAL, "unavailable"],
    [status.UNKNOWN, "unavailable"],
    [status.UNAVAILABLE, "unavailable"],
    [status.CANCELLED, "unavailable"],
  ])("%i becomes %s", (code, expected) => {
    expect(fromServiceError(failure(code), "Executor x").code).toBe(expected);
  });

  test("is a cancellation only if our own signal fired", () => {
    expect(fromServiceError(failure(status.CANCELLED), "Executor x", AbortSignal.abort()).code).toBe(
      "canceled",
    );
  });
});

function failure(code: status): Error {
  return Object.assign(new Error("x"), { code, details: "x", metadata: new Metadata() });
}
