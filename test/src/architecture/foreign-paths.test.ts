import { expect, test } from "vitest";
import { importsOf, type SourceFile, sourceFiles } from "./source-files.js";

/** What reads paths in the convention of this machine, or looks at its files. */
const ofThisMachine = /^(?:node:)?(?:path|fs|url)(?:\/|$)/;
const production = sourceFiles().filter((file) => !file.isTest);

/** Files that handle the program, the folder and the paths of servers which may run on another machine. */
const withServerPaths: readonly ((file: SourceFile) => boolean)[] = [
  ({ room }) => room === "host" || room === "mcp",
  ({ room, path }) => room === "link" && !path.includes("/link/src/local/"),
  ({ path }) => path.includes("/cli/src/doctor/server/"),
  ({ path }) => path.includes("/cli/src/transfer/"),
  ({ path }) =>
    /\/cli\/src\/(?:runtime\/(?:launch-spec|server-definitions|instance-key|host-variables|one-server)|serve\/(?:devboxes|control-work)|commands\/(?:add-entry|list|get|test|tools|run|cp))\.ts$/.test(
      path,
    ),
];

test.each(withServerPaths.map((isOne, index) => [index, isOne] as const))(
  "what handles paths of other machines reads none by the rules of this one (%i)",
  (_, isOne) => {
    const files = production.filter(isOne);
    expect(files).not.toEqual([]);
    const looking = files.filter((file) =>
      importsOf(file).some((specifier) => ofThisMachine.test(specifier)),
    );
    expect(looking.map(({ path }) => path)).toEqual([]);
  },
);

test("a server's folder becomes a path URI by the convention that its machine told, in one place", () => {
  // The machine's own package, and what is about this machine only, know their convention.
  const converting = production.filter(
    ({ room, path, text }) =>
      ["cli", "host", "link", "executor"].includes(room) &&
      /\b(?:to|resolve)PathUri\(/.test(text) &&
      !path.includes("test-support"),
  );
  expect(converting.map(({ path }) => path).toSorted()).toEqual([
    "packages/cli/src/runtime/keyring-helper.ts",
    "packages/cli/src/runtime/launch-spec.ts",
    "packages/cli/src/runtime/open-place.ts",
    "packages/host/src/built-in/devbox/devbox-machine.ts",
    "packages/host/src/control/program-sessions.ts",
  ]);
});
