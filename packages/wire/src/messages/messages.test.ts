import {
  defaultExecutorLimits,
  type ExitReason,
  type LaunchSpec,
  type ProcessExit,
  type StopReport,
} from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { packageDefinition } from "../contract.js";
import { fromStartRequest, toStartRequest } from "./launch-spec.js";
import { fromLimitsMessage, fromMachineMessage, toMachineMessage } from "./machine.js";
import { fromExitedMessage, toExitedMessage } from "./process-exit.js";
import {
  fromStopReportMessage,
  fromStopTimesMessage,
  toStopReportMessage,
  toStopTimesMessage,
} from "./stop-report.js";

/** Encodes and decodes, so that what protobuf does to absent and default values is seen too. */
function overTheWire(name: string, message: object): never {
  const codec = packageDefinition[`fairlead.executor.v1.${name}`] as unknown as {
    serialize(value: object): Buffer;
    deserialize(bytes: Buffer): never;
  };
  return codec.deserialize(codec.serialize(message));
}

const ids = { opId: "o", processId: "p" };
const launch = (spec: LaunchSpec): LaunchSpec =>
  fromStartRequest(overTheWire("StartRequest", toStartRequest(spec, ids)));

describe("a launch", () => {
  test("arrives whole", () => {
    const spec: LaunchSpec = {
      program: "node",
      args: ["-e", "", "ü 😀\n", "\u0001"],
      cwd: "file:///home/me/a%20b",
      env: { set: { A: "1", EMPTY: "", ü: "ü" }, inherit: ["TOKEN"] },
      stdio: { mode: "pty", columns: 120, rows: 40 },
      stopTimes: { stdinGraceMs: 0, termGraceMs: 10 },
      outputWindowBytes: 65_536,
      labels: { server: "files" },
      shellProfile: true,
    };
    expect(launch(spec)).toEqual(spec);
  });

  test("arrives with nothing that was not said", () => {
    const spec = launch({ program: "true", args: [] });
    expect(spec).toEqual({
      program: "true",
      args: [],
      cwd: undefined,
      env: { set: {}, inherit: [] },
      stdio: { mode: "pipe" },
      stopTimes: {},
      outputWindowBytes: undefined,
      labels: {},
    });
  });

  test("keeps half of the stop times unset", () => {
    expect(launch({ program: "x", args: [], stopTimes: { termGraceMs: 0 } }).stopTimes).toEqual({
      termGraceMs: 0,
    });
  });

  test("keeps names that mean something to JavaScript", () => {
    const set = JSON.parse('{"constructor":"1","hasOwnProperty":"2","toString":"3"}') as Record<
      string,
      string
    >;
    expect(launch({ program: "x", args: [], env: { set } }).env?.set).toEqual(set);
  });
});

describe("an exit", () => {
  const reasons: readonly ExitReason[] = ["exited", "stopped", "lease_expired", "executor_shutdown"];
  const cases = reasons.flatMap((reason): ProcessExit[] => [
    { reason, code: 0, signal: null },
    { reason, code: 255, signal: null },
    { reason, code: null, signal: "SIGKILL" },
    { reason, code: null, signal: null },
  ]);

  test.each(cases)("%j arrives as it was", (exit) => {
    expect(fromExitedMessage(overTheWire("Exited", toExitedMessage(exit)))).toEqual(exit);
  });

  test("for a reason of a newer executor counts as a plain one", () => {
    expect(fromExitedMessage(overTheWire("Exited", { reason: 99, code: 1 }))).toEqual({
      reason: "exited",
      code: 1,
      signal: null,
    });
  });

  test("on Windows, with a code above 2^31, is the number that Windows shows", () => {
    const exit: ProcessExit = { reason: "exited", code: 3_221_225_477, signal: null };
    expect(fromExitedMessage(overTheWire("Exited", toExitedMessage(exit)))).toEqual(exit);
  });
});

describe("a stop", () => {
  test("reports what it did", () => {
    const report: StopReport = {
      ended: [{ pid: 1, name: "sh" }],
      forced: [{ pid: 4_194_304, name: "a (b) c" }],
      survived: [],
      blindSpots: ["macOS: no cookie"],
    };
    expect(fromStopReportMessage(overTheWire("StopReport", toStopReportMessage(report)))).toEqual(report);
    expect(fromStopReportMessage(undefined)).toEqual({ ended: [], forced: [], survived: [], blindSpots: [] });
  });

  test.each([[undefined], [{}], [{ stdinGraceMs: 0 }], [{ stdinGraceMs: 5, termGraceMs: 0 }]])(
    "with the times %j keeps zero and unset apart",
    (times) => {
      const message = toStopTimesMessage(times);
      const decoded = message === null ? null : overTheWire("StopTimes", message);
      expect(fromStopTimesMessage(decoded)).toEqual(times ?? {});
    },
  );
});

describe("what an executor tells about itself", () => {
  const machine = {
    os: "windows",
    arch: "x64",
    pathConvention: "windows",
    caseSensitivePaths: false,
    shell: "cmd.exe",
    home: "C:\\Users\\me",
    temp: "C:\\Temp",
    cwd: "C:\\",
    hostname: "devbox",
    executorVersion: "1.2.3",
    clockMs: 1_800_000_000_123,
  } as const;

  test.each(["windows", "posix"] as const)("its machine with %s paths", (pathConvention) => {
    const told = { ...machine, pathConvention };
    expect(fromMachineMessage(overTheWire("Machine", toMachineMessage(told)))).toEqual(told);
  });

  test("its limits", () => {
    expect(fromLimitsMessage(overTheWire("Limits", { ...defaultExecutorLimits }))).toEqual(
      defaultExecutorLimits,
    );
  });
});
