import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { broken, type CheckOutcome, ok } from "../check.js";
import { closeFiles, findOpenFiles } from "../file-modes.js";
import { lines, note } from "../shell-words.js";

/** Looks whether the secrets in a home can be read by their owner alone. */
export async function checkHomeFiles(home: string): Promise<CheckOutcome> {
  const credentials = join(home, "credentials");
  const names = await readdir(credentials).catch(() => []);
  const open = await findOpenFiles([
    join(home, "executor.token"),
    join(home, "gateway-token"),
    credentials,
    ...names.map((name) => join(credentials, name)),
  ]);
  const [first] = open;
  if (first === undefined) return ok("tokens and logins are yours alone");
  const more = open.length === 1 ? "" : ` and ${open.length - 1} more`;
  const what = first.isForeign ? "it belongs to another user" : `others can read it (${first.how})`;
  return broken(`${first.path}${more}: ${what}`, {
    code: "usage",
    details: { files: open.map(({ path }) => path).join(", ") },
    remediation: lines(
      ...open.map(({ remedy }) => remedy),
      note("whoever could read it may know it: make new tokens where that matters"),
    ),
    fix: () => closeFiles(open),
  });
}
