import { fileURLToPath } from "node:url";

/**
 * Absolute path of the hostile stdio MCP server; start it with `process.execPath`. Its flags and tools are told in the
 * package's README. It is plain JavaScript outside `src`, so that it is the same file for source and built tests.
 */
export const fixtureServerPath: string = fileURLToPath(
  new URL("../fixtures/stdio-server.mjs", import.meta.url),
);
