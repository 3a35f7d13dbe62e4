import type { ExecutorConfig } from "@fairlead/config";
import { type ErrorDetails, toFairleadError } from "@fairlead/core";
import { broken, brokenBy, type CheckOutcome, ok, warning } from "../check.js";
import { closeFiles, findOpenFiles } from "../file-modes.js";
import { lines, note } from "../shell-words.js";
import type { ExecutorFacts } from "./executor-facts.js";
import { tokenRemedy } from "./token-remedy.js";

/** Looks whether what an executor is shown can be read, and by us alone. */
export async function checkExecutorFiles(
  { readSecrets }: Pick<ExecutorFacts, "readSecrets">,
  executor: ExecutorConfig,
): Promise<CheckOutcome> {
  const { url, token, tls } = executor;
  try {
    await readSecrets();
  } catch (thrown) {
    const { variable, file, path } = toFairleadError(thrown).details;
    const where = variable ?? file ?? path;
    return brokenBy(thrown, where === undefined ? "its token cannot be read" : `${where} cannot be used`, {
      remediation: missingRemedy(executor, toFairleadError(thrown).details),
    });
  }
  const secret = [token?.kind === "file" ? token.path : undefined, tls?.key].filter(
    (file) => file !== undefined,
  );
  const open = await findOpenFiles(secret);
  const [first] = open;
  if (first === undefined) return ok(url, { url });
  const finding = {
    details: { url, files: open.map(({ path }) => path).join(", "), ...first.details },
    remediation: lines(
      ...open.map(({ remedy }) => remedy),
      note("whoever could read it may know it: make a new one where that matters"),
    ),
    fix: () => closeFiles(open),
  };
  // One that another user keeps for us can only be judged by whoever keeps it.
  if (first.isForeign) return warning(`${first.path} belongs to another user`, finding);
  return broken(`${first.path}: others can read it (${first.how})`, { code: "usage", ...finding });
}

function missingRemedy(executor: ExecutorConfig, { variable, file }: ErrorDetails): string {
  if (variable !== undefined || file !== undefined) return tokenRemedy(executor);
  return note(`correct [executors.${executor.name}] in config.toml`);
}
