import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FairleadError } from "@fairlead/core";

/**
 * The absolute folder of the checkout that this package lives in, found from this file, never from the working directory.
 * @throws FairleadError `not_found` outside a checkout
 */
export function workspaceRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (folder === dirname(folder)) {
      throw new FairleadError(
        "not_found",
        `No pnpm-workspace.yaml above ${start}; testkit needs a checkout`,
        {
          effect: "none",
        },
      );
    }
  }
}
