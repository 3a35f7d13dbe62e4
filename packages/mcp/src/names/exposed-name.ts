import { createHash } from "node:crypto";
import { FairleadError } from "@fairlead/core";

/** Bytes of a name that agents see, unless configured: they put their own prefix before it. */
export const defaultMaxNameBytes = 48;

const separator = "__";
/** `_` and eight hexadecimal digits. */
const hashSuffixBytes = 9;
const looksHashed = /_[0-9a-f]{8}$/;

/**
 * Gives the name under which agents see a tool or prompt: `server__tool`. Characters outside `[A-Za-z0-9_-]` become
 * `_`, and a name that was changed or cut ends in `_` and eight hex digits of the SHA-256 of its raw form. So does a
 * name that already looks like that, or it could be mistaken for another one's. It depends on nothing else.
 * @throws FairleadError `usage`, reason `config_invalid`, for a server name that {@link serverNameProblem} objects to
 */
export function exposedName(server: string, tool: string, maxBytes = defaultMaxNameBytes): string {
  const problem = serverNameProblem(server, maxBytes);
  if (problem !== undefined)
    throw new FairleadError("usage", problem, { reason: "config_invalid", effect: "none" });
  const prefix = server + separator;
  const budget = maxBytes - prefix.length;
  const clean = tool.replaceAll(/[^A-Za-z0-9_-]/gu, "_");
  const isUntouched = clean === tool && tool !== "" && tool.length <= budget && !looksHashed.test(tool);
  if (isUntouched) return prefix + tool;
  return `${prefix}${clean.slice(0, budget - hashSuffixBytes)}_${shortHash(tool)}`;
}

/** Tells in words what is wrong with a server's name, or undefined if nothing is. */
export function serverNameProblem(name: string, maxBytes = defaultMaxNameBytes): string | undefined {
  const subject = `Server name ${JSON.stringify(name)}`;
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    return `${subject} must consist of letters, digits, "_" and "-": rename the server`;
  }
  if (name.includes(separator)) {
    return `${subject} must not contain "__", which parts server from tool: rename the server`;
  }
  if (name.endsWith("_")) return `${subject} must not end in "_": rename the server`;
  const longest = maxBytes - separator.length - hashSuffixBytes;
  if (name.length <= longest) return undefined;
  return `${subject} is too long: at most ${longest} characters leave room for a tool in ${maxBytes} bytes`;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
