import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorReasons, errorTable } from "@fairlead/core";
import { workspaceRoot } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";

/** Scripts, other languages and other versions depend on these: a change here breaks somebody. */
const pinned = {
  usage: ["INVALID_ARGUMENT", 2, "no"],
  unauthenticated: ["UNAUTHENTICATED", 3, "no"],
  forbidden: ["PERMISSION_DENIED", 3, "no"],
  unavailable: ["UNAVAILABLE", 4, "yes"],
  not_found: ["NOT_FOUND", 5, "no"],
  already_exists: ["ALREADY_EXISTS", 5, "no"],
  resource_exhausted: ["RESOURCE_EXHAUSTED", 6, "later"],
  protocol: ["FAILED_PRECONDITION", 7, "no"],
  tool_failed: [null, 8, "caller"],
  deadline_exceeded: ["DEADLINE_EXCEEDED", 124, "caller"],
  canceled: ["CANCELLED", 130, "no"],
  internal: ["INTERNAL", 1, "no"],
};

const page = readFileSync(join(workspaceRoot(), "docs", "errors.md"), "utf8");
const rows = [...page.matchAll(/^\| `(\w+)` \|(.+)\|$/gm)].map(([, name = "", rest = ""]) => ({
  name,
  cells: rest.split("|").map((cell) => cell.trim()),
}));
const codeRows = rows.filter(({ cells }) => cells.length === 5);
const reasonRows = rows.filter(({ cells }) => cells.length === 1);

describe("the table of errors", () => {
  test("is what others rely on", () => {
    const actual = Object.fromEntries(
      Object.entries(errorTable).map(([code, { grpc, exit, retry }]) => [code, [grpc, exit, retry]]),
    );
    expect(actual).toEqual(pinned);
  });

  test("stands in docs/errors.md, one row per code", () => {
    const told = codeRows.map(({ name, cells: [when, grpc, exit, retry] }) => ({
      name,
      when,
      grpc,
      exit,
      retry,
    }));
    const actual = Object.entries(errorTable).map(([name, { when, grpc, exit, retry }]) => ({
      name,
      when,
      grpc: grpc ?? "–",
      exit: String(exit),
      retry,
    }));
    expect(told).toEqual(actual);
  });

  test("says for every code what to do", () => {
    expect(codeRows.filter(({ cells }) => (cells[4] ?? "") === "")).toEqual([]);
  });

  test("has a line for every reason", () => {
    expect(reasonRows.map(({ name }) => name)).toEqual([...errorReasons]);
  });
});
