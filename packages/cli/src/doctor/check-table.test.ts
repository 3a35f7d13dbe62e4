import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { checkTable } from "./check-table.js";

const page = new URL("../../../../docs/doctor.md", import.meta.url);

test("docs/doctor.md has every check, with what it looks at and what is mended, in this order", async () => {
  const text = await readFile(page, "utf8");
  const told = text.match(/^\| `[\w-]+` \|.*\|$/gm) ?? [];
  const rows = Object.entries(checkTable).map(([id, row]) => {
    const fix = "fix" in row ? row.fix : "";
    return `| \`${id}\` | ${row.where} | ${row.looks} | ${fix} |`;
  });
  expect(told).toEqual(rows);
});
