import { expect, test } from "vitest";
import { packageDefinition } from "../contract.js";
import { fromProcessInfoMessage, type ListedProcess, toProcessInfoMessage } from "./process-info.js";

/** Encodes and decodes, so that what protobuf does to absent and default values is seen too. */
function overTheWire(listed: ListedProcess): ListedProcess {
  const codec = packageDefinition["fairlead.executor.v1.ProcessInfo"] as unknown as {
    serialize(value: object): Buffer;
    deserialize(bytes: Buffer): never;
  };
  return fromProcessInfoMessage(codec.deserialize(codec.serialize(toProcessInfoMessage(listed))));
}

const running: ListedProcess = {
  processId: "p_1",
  sessionId: "s_1",
  clientName: "fairlead",
  pid: 4_194_303,
  program: "/usr/bin/node",
  args: ["", "--flag", "ü 😀"],
  startedAtMs: 1_800_000_000_123,
  labels: { server: "files" },
  exit: undefined,
  tree: [
    // More than 32 bits hold, as on a machine with much memory and a long life.
    { pid: 7, parentPid: 1, name: "node", memoryBytes: 2 ** 40 + 1, ageMs: 2 ** 33 + 1, cpuMs: 2 ** 34 },
    { pid: 8, parentPid: 7, name: "(sd-pam)", memoryBytes: 0, ageMs: 0 },
  ],
};

test.each<[string, ListedProcess]>([
  ["that runs", running],
  ["that ended by itself", { ...running, exit: { reason: "exited", code: 0, signal: null } }],
  ["that Windows ended", { ...running, exit: { reason: "stopped", code: 0xc000_013a, signal: null } }],
  ["whose tree outlived it", { ...running, exit: { reason: "stopped", code: null, signal: "SIGTERM" } }],
  ["of which little is known", { ...running, clientName: "", args: [], labels: {}, tree: [] }],
])("a process %s arrives whole", (_, listed) => {
  expect(overTheWire(listed)).toEqual(listed);
});
