import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createId } from "@fairlead/core";
import { broken, brokenBy, type CheckOutcome, ok } from "../check.js";
import { closeFiles, findOpenFiles } from "../file-modes.js";
import { commandLine, hostShell, lines, note, shellWord } from "../shell-words.js";

/** Looks whether the home can be found and used, and is closed to others. @param find the one rule for it */
export async function checkHome(find: () => Promise<string>): Promise<CheckOutcome> {
  let home: string;
  try {
    home = await find();
  } catch (thrown) {
    return brokenBy(thrown, "Fairlead's home folder cannot be used", {
      remediation: lines(
        note("name a folder that exists, or none for the default"),
        hostShell === "posix" ? "unset FAIRLEAD_HOME" : "Remove-Item Env:FAIRLEAD_HOME",
      ),
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
        hostShell === "posix" ? commandLine(["chmod", "u+rwx", home]) : undefined,
      ),
    });
  }
  const [open] = await findOpenFiles([home]);
  if (open === undefined) return ok(home, details);
  if (open.isForeign) {
    return broken(`${home} belongs to another user`, {
      code: "usage",
      details,
      // Whose folder it is has to be thought about: made ours, a shared one is lost to the others.
      remediation: lines(
        note("name a folder of your own in FAIRLEAD_HOME, or make this one yours if nobody else uses it:"),
        note(`sudo chown -R "$(id -un)" ${shellWord(home)}`),
      ),
    });
  }
  const remedy = process.platform === "win32" ? open.remedy : commandLine(["chmod", "700", home]);
  return broken(`${home} is open to others (${open.how})`, {
    code: "usage",
    details: { ...details, ...open.details },
    remediation: lines(remedy, note("or: fairlead doctor --fix")),
    fix: () => closeFiles([open]),
  });
}
