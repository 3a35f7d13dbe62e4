// Before suites that start the programs: makes sure that those are of what was built last.
import { bundleIfStale } from "../packages/cli/scripts/bundle.mjs";

/** @returns {Promise<void>} */
export async function setup() {
  await bundleIfStale();
}
