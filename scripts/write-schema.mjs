// `npm run schema:write`: writes what is generated from the types into docs/: the JSON Schemas of the control methods
// (packages/mcp) and of config.toml, and the table of its keys (packages/config).
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root, run, runMain, setUp } from "./setup.mjs";

const docs = join(root, "docs");

await runMain(async () => {
  await setUp();
  // They may just have been built.
  const { loadControlSchemas } = await import("../packages/mcp/dist/index.js");
  const { configJsonSchema } = await import("../packages/config/dist/index.js");
  const { withConfigReference } = await import("../packages/config/dist/reference/config-reference.js");
  const { controlJsonSchema } = await loadControlSchemas();
  const schemas = { "control.schema.json": controlJsonSchema(), "config.schema.json": configJsonSchema() };
  for (const [name, schema] of Object.entries(schemas)) {
    await writeFile(join(docs, name), `${JSON.stringify(schema, undefined, 2)}\n`);
  }
  const page = join(docs, "configuration.md");
  await writeFile(page, withConfigReference(await readFile(page, "utf8")));
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  return run(process.execPath, [
    biome,
    "format",
    "--write",
    ...Object.keys(schemas).map((name) => join(docs, name)),
  ]);
});
