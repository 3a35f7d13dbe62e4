import { broken, type CheckOutcome, ok } from "../check.js";
import { note } from "../shell-words.js";

/** The oldest version that everything here is tested with; package.json says the same. */
const oldest = [20, 20] as const;

/** Looks whether a version of Node.js is new enough. @param version as `process.versions.node` has it */
export function checkNodeVersion(version: string): CheckOutcome {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  const details = { version };
  if (isEnough) return ok(`Node.js ${version}`, details);
  return broken(`Node.js ${version} is older than ${oldest.join(".")}`, {
    code: "usage",
    details,
    remediation: note(`install Node.js ${oldest.join(".")} or newer, and start fairlead with it`),
  });
}
