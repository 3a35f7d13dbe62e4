import { findHome } from "../runtime/home.js";
import type { TypedFlags } from "./complete-words.js";
import { type KnownNames, readKnownNames } from "./known-names.js";

/** The names that a command typed here would know. What reads configuration is loaded only where nothing was kept. */
export async function namesOfHere(flags: TypedFlags): Promise<KnownNames> {
  const query = { home: await findHome(process.env), cwd: process.cwd(), env: process.env, flags };
  return readKnownNames(query, async () => (await import("./gather-names.js")).gatherNames(query));
}
