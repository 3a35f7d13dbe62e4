import { findOwnProgram } from "../layers/own-serve.js";
import { gatewayTokenVariable } from "./client-entry.js";

/**
 * Whether an entry of a client's configuration starts Fairlead on this machine, in whatever way, or reaches a gateway with Fairlead's token:
 * what an import must not take, and what a client is told to have.
 */
export function isFairleadEntry(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null) return false;
  const { command, args, url, httpUrl, serverUrl } = entry as Readonly<Record<string, unknown>>;
  if ([httpUrl, url, serverUrl].some((value) => typeof value === "string")) {
    // Any program may be at an address; ours is told by the variable that its token is in.
    return JSON.stringify(entry).includes(gatewayTokenVariable);
  }
  const words = [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === "string");
  const at = findOwnProgram(words);
  return at >= 0 && words[at + 1] === "serve";
}

/**
 * Whether an entry is written as an installation writes it, so that it may be replaced or removed without asking: the program
 * is Fairlead itself and does nothing but `serve`, or it is an address with Fairlead's token.
 */
export function isInstalledEntry(entry: unknown): boolean {
  if (!isFairleadEntry(entry)) return false;
  const { command, args } = entry as Readonly<Record<string, unknown>>;
  if (typeof command !== "string") return true;
  const words: readonly unknown[] = [command, ...(Array.isArray(args) ? args : [])];
  return writtenForms.some(
    (form) =>
      form.length === words.length &&
      form.every((pattern, at) => {
        const word = words[at];
        return typeof word === "string" && pattern.test(word);
      }),
  );
}

const runtime = /(?:^|[\\/])node[\w.-]*$/i;
const program = /(?:^|[\\/])fairlead(?:\.js|\.cmd|\.exe)?$/i;
const script = /(?:^|[\\/])fairlead\.js$/i;
const npx = [/^npx$/, /^-y$/, /^fairlead(?:@\S+)?$/] as const;
const serve = /^serve$/;

/** What stands in command and arguments, by the ways that Fairlead is started. */
const writtenForms: readonly (readonly RegExp[])[] = [
  [program, serve],
  [runtime, script, serve],
  [...npx, serve],
  [/^cmd$/, /^\/c$/, ...npx, serve],
];
