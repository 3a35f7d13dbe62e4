import { errorCodes, errorReasons, errorTable, FairleadError } from "@fairlead/core";
import { Metadata, status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { packageDefinition } from "../contract.js";
import { readErrorDetail, toFailedStatus } from "./error-detail.js";
import { fromServiceError } from "./from-service-error.js";

function overTheWire(error: FairleadError): FairleadError | undefined {
  const failed = toFailedStatus(error);
  return readErrorDetail(failed.metadata, undefined);
}

const bare = { code: "usage", message: "", details: {}, effect: "unknown" };

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

  test.each(["x", "xx"])("is not cut in the middle of a character, behind %j", (lead) => {
    const { details } = toFailedStatus(new FairleadError("not_found", `${lead}${"😀".repeat(1_500)}`));
    // What grpc-js does with it, where a throw would end the daemon.
    expect(() => encodeURI(details)).not.toThrow();
    expect(details.length).toBeLessThanOrEqual(2_001);
  });

  test.each([
    ["a code that we do not know", { code: "from_the_future" }, undefined],
    ["a reason that we do not know", { code: "usage", reason: "from_the_future" }, bare],
    ["an effect that we do not know", { code: "usage", effect: 7 }, bare],
    ["nothing but a code", { code: "usage" }, bare],
  ])("of a newer executor, with %s", (_, detail, expected) => {
    const metadata = new Metadata();
    const value = codecOf("fairlead.executor.v1.ErrorDetail").serialize(detail);
    const typeUrl = "type.googleapis.com/fairlead.executor.v1.ErrorDetail";
    const packed = codecOf("google.rpc.Status").serialize({ code: 3, details: [{ typeUrl, value }] });
    metadata.set("grpc-status-details-bin", packed);
    const told = readErrorDetail(metadata, undefined);
    expect(told && { ...told.toJSON(), effect: told.effect }).toEqual(expected);
  });

  test("beside the details of somebody else is found", () => {
    const metadata = new Metadata();
    const ours = toFailedStatus(new FairleadError("usage", "ours")).metadata;
    const [packed] = ours.get("grpc-status-details-bin");
    const status = codecOf("google.rpc.Status").deserialize(packed as Buffer) as { details: object[] };
    const foreign = { typeUrl: "type.googleapis.com/google.rpc.RetryInfo", value: Buffer.from([1, 2]) };
    const mixed = { ...status, details: [foreign, ...status.details] };
    metadata.set("grpc-status-details-bin", codecOf("google.rpc.Status").serialize(mixed));
    expect(readErrorDetail(metadata, undefined)).toMatchObject({ code: "usage", message: "ours" });
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

interface Codec {
  serialize(value: object): Buffer;
  deserialize(bytes: Buffer): object;
}

function codecOf(name: string): Codec {
  return packageDefinition[name] as unknown as Codec;
}

function failure(code: status): Error {
  return Object.assign(new Error("x"), { code, details: "x", metadata: new Metadata() });
}
