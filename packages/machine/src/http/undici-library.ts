import { createRequire } from "node:module";
import type * as undici from "undici";

type Undici = typeof undici;

let loaded: Undici | undefined;

/** Gives undici, loaded at the first request: it costs a tenth of a second, and most commands make none. */
export function undiciLibrary(): Undici {
  loaded ??= createRequire(import.meta.url)("undici") as Undici;
  return loaded;
}
