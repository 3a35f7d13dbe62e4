import { isShellName } from "../programs/raw-start.js";
import type { EnvironmentValues } from "./build-environment.js";
import { exactEnvironment } from "./exact-environment.js";
import { hasRawBytes } from "./raw-text.js";

/**
 * The environment for our own programs: ours, without what would make the system's loader load foreign code into them. It
 * cannot be taken out of this process any more, so it ends here.
 * @param env what it is made of. @default this process's
 */
export function ownEnvironment(env: EnvironmentValues = process.env): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(exactEnvironment(env))) {
    if (value !== undefined && !/^(?:LD|DYLD)_/i.test(name)) own[name] = value;
  }
  if (!Object.values(own).some(hasRawBytes)) return own;
  // A shell has to pass it on then, which cannot name the others; ours need none of those.
  return Object.fromEntries(Object.entries(own).filter(([name]) => isShellName(name)));
}
