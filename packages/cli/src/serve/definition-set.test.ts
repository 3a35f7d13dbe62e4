import type { StdioServerConfig } from "@fairlead/config";
import { expect, test } from "vitest";
import type { ServerAccess } from "../runtime/server-definitions.js";
import { serverSettings } from "../runtime/server-fixture.js";
import { createDefinitionSet } from "./definition-set.js";

const server = (name: string, more: Partial<StdioServerConfig> = {}): StdioServerConfig => ({
  ...serverSettings,
  transport: "stdio",
  command: "node",
  args: [],
  env: {},
  envVars: [],
  name,
  ...more,
});

/** Defining servers opens nothing, so all that is asked of the pool is who an executor is. */
function access(identity: () => string): ServerAccess {
  const unused = (): never => {
    throw new Error("Defining a server must not start anything");
  };
  return {
    pool: {
      identityOf: identity,
      open: unused,
      pathMapOf: () => undefined,
      reconfigure: unused,
      close: unused,
      [Symbol.asyncDispose]: unused,
    },
    http: { fetch: unused, close: unused, [Symbol.asyncDispose]: unused },
    eras: { memoryOf: () => ({ recall: () => undefined, note: () => {} }), flushed: unused },
    tokens: { of: unused, forget: unused, [Symbol.asyncDispose]: unused },
    env: {},
    cwd: "/home/me",
    warn: unused,
  };
}

test("what did not change is the same definition as before, and all changes are named", () => {
  const set = createDefinitionSet(access(() => "x"));
  const first = set.define([server("kept"), server("changed"), server("gone")]);
  expect(first.changes).toEqual({ added: ["kept", "changed", "gone"], changed: [], removed: [] });
  const second = set.define([server("new"), server("changed", { args: ["1"] }), server("kept")]);
  expect(second.changes).toEqual({ added: ["new"], changed: ["changed"], removed: ["gone"] });
  expect(second.definitions.map(({ name }) => name)).toEqual(["new", "changed", "kept"]);
  expect(second.definitions[2]).toBe(first.definitions[0]);
  expect(second.definitions[1]).not.toBe(first.definitions[1]);
  expect(second.definitions[1]?.instanceKey).not.toBe(first.definitions[1]?.instanceKey);
});

test("another limit is another definition of the same launch", () => {
  const set = createDefinitionSet(access(() => "x"));
  const [before] = set.define([server("s")]).definitions;
  const { definitions, changes } = set.define([server("s", { toolTimeoutMs: 5 })]);
  expect(changes.changed).toEqual(["s"]);
  expect(definitions[0]).not.toBe(before);
  expect(definitions[0]?.instanceKey).toBe(before?.instanceKey);
});

test("a server on an executor that is reached otherwise has changed", () => {
  let identity = "grpc://one";
  const set = createDefinitionSet(access(() => identity));
  set.define([server("s")]);
  identity = "grpc://other";
  expect(set.define([server("s")]).changes.changed).toEqual(["s"]);
});
