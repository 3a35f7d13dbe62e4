import { type AttachRequest, type AttachResponse, services } from "@fairlead/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const { Attach } = services.ProcessService.service;

const offset = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER),
  fc.nat(),
  fc.maxSafeNat(),
);
const data = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const size = fc.nat(100_000);
/** A field that is absent as often as not: absent and zero are two things. */
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

/** Drops what is undefined, as whoever builds a frame does. */
function present<T extends object>(frame: T): T {
  return Object.fromEntries(Object.entries(frame).filter(([, value]) => value !== undefined)) as T;
}

const request = fc
  .record({
    attach: optional(
      fc
        .record({
          processId: fc.string(),
          stdoutOffset: offset,
          stderrOffset: offset,
          windowBytes: optional(size),
          generation: offset,
        })
        .map(present),
    ),
    stdoutConsumed: optional(offset),
    stderrConsumed: optional(offset),
    input: optional(fc.record({ offset, data, end: fc.boolean() })),
    exitSeen: fc.boolean(),
    resize: optional(fc.record({ columns: size, rows: size })),
    detach: fc.boolean(),
  })
  .map(present);

const output = optional(fc.record({ offset, data }));
const response = fc
  .record({
    attached: optional(fc.record({ inputTaken: offset, inputReceived: offset })),
    inputTaken: optional(offset),
    stdout: output,
    stderr: output,
    inputClosed: optional(fc.record({ taken: offset })),
    exited: optional(
      fc
        .record({
          reason: fc.constantFrom("EXIT_REASON_EXITED", "EXIT_REASON_STOPPED", "EXIT_REASON_OUTPUT_LIMIT"),
          code: optional(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
          signal: optional(fc.constantFrom("SIGTERM", "SIGKILL")),
        })
        .map(present),
    ),
    closed: optional(fc.record({ stdoutEnd: offset, stderrEnd: offset })),
    outputWaiting: fc.boolean(),
  })
  .map(present);

/** What a decoded frame says, without how the decoder says that a message is absent. */
function said(frame: object): object {
  return Object.fromEntries(
    Object.entries(frame)
      .filter(([name, value]) => value !== undefined && value !== null && !name.startsWith("_"))
      .map(([name, value]: [string, unknown]) => [name, isMessage(value) ? said(value) : value]),
  );
}

function outcomeOf(decode: () => unknown): string {
  try {
    return typeof decode() === "object" ? "decoded" : "something else";
  } catch (error) {
    return error instanceof Error ? "refused" : String(error);
  }
}

function isMessage(value: unknown): value is object {
  return typeof value === "object" && !Buffer.isBuffer(value);
}

describe("a frame", () => {
  test("to the executor arrives as it was sent, with nothing added and nothing gone", () => {
    fc.assert(
      fc.property(request, (frame) => {
        const decoded = Attach.requestDeserialize(Attach.requestSerialize(frame as AttachRequest));
        expect(said(decoded)).toEqual(frame);
      }),
      { numRuns: 1_000 },
    );
  });

  test("from the executor arrives as it was sent, with nothing added and nothing gone", () => {
    fc.assert(
      fc.property(response, (frame) => {
        const decoded = Attach.responseDeserialize(Attach.responseSerialize(frame as AttachResponse));
        expect(said(decoded)).toEqual(frame);
      }),
      { numRuns: 1_000 },
    );
  });

  test("without an offset differs from one with the offset 0", () => {
    const absent = Attach.requestDeserialize(Attach.requestSerialize({}));
    expect([absent.stdoutConsumed, absent.attach ?? undefined]).toEqual([undefined, undefined]);
    const zero = Attach.requestDeserialize(Attach.requestSerialize({ stdoutConsumed: 0, attach: {} }));
    expect([zero.stdoutConsumed, zero.attach?.stdoutOffset]).toEqual([0, 0]);
    expect(zero.attach?.windowBytes).toBeUndefined();
    const narrow = Attach.requestDeserialize(Attach.requestSerialize({ attach: { windowBytes: 0 } }));
    expect(narrow.attach?.windowBytes).toBe(0);
  });

  test("whose bytes are noise is decoded or refused with an error, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(outcomeOf(() => Attach.requestDeserialize(Buffer.from(bytes)))).toMatch(/^(decoded|refused)$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
