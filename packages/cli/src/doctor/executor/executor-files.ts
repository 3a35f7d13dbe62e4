import type { ExecutorConfig } from "@fairlead/config";
import { type ErrorDetails, toFairleadError } from "@fairlead/core";
import { broken, brokenBy, type CheckOutcome, ok, warning } from "../check.js";
import { closeFiles, findOpenFiles } from "../file-modes.js";
import { lines, note, shellWord } from "../shell-words.js";
import type { ExecutorFacts } from "./executor-facts.js";

/** Looks whether what an executor is shown can be read, and by us alone. */
export async function checkExecutorFiles(
  { readSecrets }: Pick<ExecutorFacts, "readSecrets">,
  { name, url, token, tls }: ExecutorConfig,
): Promise<CheckOutcome> {
  try {
    await readSecrets();
  } catch (thrown) {
    const { variable, file, path } = toFairleadError(thrown).details;
    const where = variable ?? file ?? path;
    return brokenBy(thrown, where === undefined ? "its token cannot be read" : `${where} cannot be used`, {
      remediation: missingRemedy(name, toFairleadError(thrown).details),
    });
  }
  const secret = [token?.kind === "file" ? token.path : undefined, tls?.key].filter(
    (file) => file !== undefined,
  );
  const open = await findOpenFiles(secret);
  const [first] = open;
  if (first === undefined) return ok(url, { url });
  const finding = {
    details: { url, files: open.map(({ path }) => path).join(", "), mode: first.mode },
    remediation: lines(
      ...open.map(({ path }) => `chmod go= ${shellWord(path)}`),
      note("whoever could read it may know it: make a new one where that matters"),
    ),
    fix: () => closeFiles(open),
  };
  // One that another user keeps for us can only be judged by whoever keeps it.
  if (first.isForeign) return warning(`${first.path} belongs to another user`, finding);
  return broken(`${first.path}: others can read it (mode ${first.mode})`, { code: "usage", ...finding });
}

function missingRemedy(name: string, { variable, file }: ErrorDetails): string {
  if (variable !== undefined) {
    return lines(
      note(`put the token of executor ${name} there, from executor.token on its machine`),
      `export ${String(variable)}=VALUE`,
    );
  }
  if (file !== undefined) {
    return lines(
      note(`copy the token from the machine of executor ${name}`),
      `scp ${shellWord(name)}:.fairlead/executor.token ${shellWord(String(file))}`,
      `chmod 600 ${shellWord(String(file))}`,
    );
  }
  return note(`correct [executors.${name}] in config.toml`);
}
