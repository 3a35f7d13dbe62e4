import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createId } from "@fairlead/core";
import { broken, brokenBy, type CheckOutcome, ok } from "../check.js";
import { closeFiles, findOpenFiles } from "../file-modes.js";
import { lines, note, shellWord } from "../shell-words.js";

/** Looks whether the home can be found and used, and is closed to others. @param find the one rule for it */
export async function checkHome(find: () => Promise<string>): Promise<CheckOutcome> {
  let home: string;
  try {
    home = await find();
  } catch (thrown) {
    return brokenBy(thrown, "the home folder cannot be used", {
      remediation: lines(note("name a folder that exists, or none for the default"), "unset FAIRLEAD_HOME"),
    });
  }
  const details = { path: home };
  // Asked by doing it: a right that is granted may still not help on a disk that is full or cannot be written.
  const trial = join(home, `.${createId("doctor")}`);
  const refusal = await writeFile(trial, "", { mode: 0o600, flag: "wx" }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  await rm(trial, { force: true }).catch(() => {});
  if (refusal !== undefined) {
    const why = refusal instanceof Error ? refusal.message : "the system does not say why";
    return broken(`${home} cannot be written`, {
      code: "usage",
      details: { ...details, message: why },
      remediation: lines(
        note("make it writable, or name another one in FAIRLEAD_HOME"),
        `chmod u+rwx ${shellWord(home)}`,
      ),
    });
  }
  const [open] = await findOpenFiles([home]);
  if (open === undefined) return ok(home, details);
  if (open.isForeign) {
    return broken(`${home} belongs to another user`, {
      code: "usage",
      details,
      remediation: `sudo chown -R "$(id -un)" ${shellWord(home)}`,
    });
  }
  return broken(`${home} is open to others (mode ${open.mode})`, {
    code: "usage",
    details: { ...details, mode: open.mode },
    remediation: lines(`chmod 700 ${shellWord(home)}`, note("or: fairlead doctor --fix")),
    fix: () => closeFiles([open]),
  });
}
