import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { platformTable } from "./support/platform-table.js";
import { reasons, wineLimits } from "./support/scenarios/scenario.js";
import { scenarios } from "./support/scenarios.js";

// docs/platforms.md says what the suites of other platforms try, and nothing else.
const page = await readFile(join(workspaceRoot(), "docs", "platforms.md"), "utf8");

test("the page has every scenario with the state of each of its cells", () => {
  const [, table] = /<!-- cells: begin.*-->\n([^]*?)\n<!-- cells: end -->/.exec(page) ?? [];
  expect(table).toBe(platformTable());
});

test("the page explains every reason and every limit that a cell names, in the words of the suites", () => {
  const told = [...page.matchAll(/^\| ([NW]\d+) \| ([^|]*) \|/gm)].map(([, id, words]) => [
    id,
    words?.trim(),
  ]);
  expect(told).toEqual(Object.entries({ ...reasons, ...wineLimits }));
});

test("every reason is that of a cell", () => {
  const named = new Set(scenarios.flatMap(({ leftOut = {} }) => Object.values(leftOut)));
  expect([...named].toSorted()).toEqual(Object.keys(reasons));
});
