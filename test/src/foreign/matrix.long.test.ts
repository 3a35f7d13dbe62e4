import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columnNames } from "./support/column.js";
import { findWine } from "./support/find-wine.js";
import { scenarios } from "./support/scenarios.js";
import { type Site, startSite } from "./support/site.js";

// Every kind of host with every kind of machine that it may drive; a Windows one is the Windows build under Wine.
const wine = findWine("the platforms");
let site: Site | undefined;
beforeAll(async () => {
  if (wine !== undefined) site = await startSite(wine);
}, 180_000);
afterAll(async () => site?.[Symbol.asyncDispose](), 60_000);

describe.skipIf(wine === undefined).each(columnNames)("%s", (name) => {
  const tried = scenarios.filter(({ leftOut }) => leftOut?.[name] === undefined);
  const others = scenarios.flatMap(({ does, leftOut }) => {
    const reason = leftOut?.[name];
    return reason === undefined ? [] : [[`${does} (left out: ${reason})`]];
  });

  test.each(tried.map((scenario) => [scenario.does, scenario] as const))("%s", async (_does, { run }) => {
    expect(site).toBeDefined();
    if (site !== undefined) await run(site.columns[name]);
  });

  test.skipIf(true).each(others)("%s", (title) => {
    expect(title).toBeUndefined();
  });
});
