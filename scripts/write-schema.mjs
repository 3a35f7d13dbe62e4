// Writes the JSON Schema of the control methods from the types in packages/mcp, which have to be built.
import { writeFile } from "node:fs/promises";
import { loadControlSchemas } from "../packages/mcp/dist/index.js";

const { controlJsonSchema } = await loadControlSchemas();
const file = new URL("../docs/control.schema.json", import.meta.url);
await writeFile(file, `${JSON.stringify(controlJsonSchema(), undefined, 2)}\n`);
