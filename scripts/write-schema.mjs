// Writes what is generated from the types into docs/: the JSON Schemas of the control methods (packages/mcp) and of
// config.toml, and the table of its keys (packages/config). Both packages have to be built.
import { readFile, writeFile } from "node:fs/promises";
import { configJsonSchema } from "../packages/config/dist/index.js";
import { withConfigReference } from "../packages/config/dist/reference/config-reference.js";
import { loadControlSchemas } from "../packages/mcp/dist/index.js";

const docs = new URL("../docs/", import.meta.url);

/**
 * @param {string} name
 * @param {object} schema
 */
async function writeSchema(name, schema) {
  await writeFile(new URL(name, docs), `${JSON.stringify(schema, undefined, 2)}\n`);
}

const { controlJsonSchema } = await loadControlSchemas();
await writeSchema("control.schema.json", controlJsonSchema());
await writeSchema("config.schema.json", configJsonSchema());
const page = new URL("configuration.md", docs);
await writeFile(page, withConfigReference(await readFile(page, "utf8")));
