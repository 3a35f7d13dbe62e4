import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ColumnName } from "./column.js";
import { findWine } from "./find-wine.js";
import { reasons } from "./scenarios/scenario.js";
import { scenarios } from "./scenarios.js";
import { type Site, startSite } from "./site.js";

/** Tries every scenario in some columns of the table, on machines of their own. */
export function tryColumns(names: readonly ColumnName[]): void {
  const wine = findWine(names.join(", "));
  let site: Site | undefined;
  beforeAll(async () => {
    if (wine !== undefined) site = await startSite(wine);
  }, 180_000);
  afterAll(async () => site?.[Symbol.asyncDispose](), 60_000);

  describe.skipIf(wine === undefined).each(names)("%s", (name) => {
    const tried = scenarios.filter(({ leftOut }) => leftOut?.[name] === undefined);
    const others = scenarios.flatMap(({ does, leftOut }) => {
      const number = leftOut?.[name];
      return number === undefined ? [] : [[`${does} (left out: ${number}, ${reasons[number]})`]];
    });

    test.for(tried.map((scenario) => [scenario.does, scenario] as const))(
      "%s",
      async ([, { run }], { skip }) => {
        expect(site).toBeDefined();
        if (site === undefined) return;
        await run(site.columns[name], (reason) => {
          process.stderr.write(`skipped, ${name}: ${reason}\n`);
          skip(reason);
        });
      },
    );

    test.skipIf(true).each(others)("%s", (title) => {
      expect(title).toBeUndefined();
    });
  });
}
