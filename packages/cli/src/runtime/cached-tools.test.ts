import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { catalogueFolder, keepToolNames, recallToolCount, recallToolNames } from "./cached-tools.js";
import { createCatalogueFiles } from "./catalogue-store.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fairlead-tools-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Makes what was kept under a key look as if it had been kept then. */
const age = async (key: string, at: string): Promise<void> =>
  utimes(join(catalogueFolder(home), `${key}.json`), new Date(at), new Date(at));

test("nothing is remembered of a server that nobody asked", async () => {
  expect(await recallToolCount(home, "files")).toBeUndefined();
  await keepToolNames(home, "files-2", ["read"]);
  expect(await recallToolCount(home, "files")).toBeUndefined();
});

test("the newest list counts, whoever saw it, with its age", async () => {
  const host = createCatalogueFiles({ home, warn: () => {} });
  const kept = { version: 1, savedAt: "2026-01-01T00:00:00.000Z", capabilities: {} } as const;
  await host.write("files.0af3", { ...kept, lists: { "tools/list": ['{"name":"a"}', '{"name":"b"}'] } });
  await age("files.0af3", "2026-01-03T00:00:00.000Z");
  await keepToolNames(home, "files", ["read"]);
  await age("files.command-line", "2026-01-02T00:00:00.000Z");
  expect(await recallToolCount(home, "files")).toEqual({ tools: 2, seenAt: "2026-01-03T00:00:00.000Z" });
  await age("files.command-line", "2026-01-04T00:00:00.000Z");
  expect(await recallToolCount(home, "files")).toEqual({ tools: 1, seenAt: "2026-01-04T00:00:00.000Z" });
  expect(await recallToolNames(home, "files")).toEqual(["read"]);
});

test("what is damaged, or has no tools, leaves it to an older list", async () => {
  await keepToolNames(home, "files", ["read"]);
  await age("files.command-line", "2026-01-02T00:00:00.000Z");
  for (const [index, text] of [
    "half a lin",
    "null",
    '{"lists":{}}',
    '{"lists":{"tools/list":7}}',
  ].entries()) {
    await writeFile(join(catalogueFolder(home), `files.${index}.json`), text);
  }
  expect(await recallToolCount(home, "files")).toEqual({ tools: 1, seenAt: "2026-01-02T00:00:00.000Z" });
});
