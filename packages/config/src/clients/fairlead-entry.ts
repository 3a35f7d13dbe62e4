import { gatewayTokenVariable } from "./client-entry.js";

/**
 * Whether an entry of a client's configuration starts Fairlead, or reaches a gateway with Fairlead's token: what an import
 * must not take, and what may be replaced or removed without asking.
 */
export function isFairleadEntry(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null) return false;
  const { command, args, url, httpUrl, serverUrl } = entry as Readonly<Record<string, unknown>>;
  if ([httpUrl, url, serverUrl].some((value) => typeof value === "string")) {
    // Any program may be at an address; ours is told by the variable that its token is in.
    return JSON.stringify(entry).includes(gatewayTokenVariable);
  }
  const words = [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === "string");
  const at = words.findIndex((word) =>
    /(?:^|[\\/])fairlead(?:\.js|\.cmd|\.exe)?$|^fairlead@\S+$/i.test(word),
  );
  return at >= 0 && words[at + 1] === "serve";
}
