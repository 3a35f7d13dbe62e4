/**
 * Whether an entry of a client's configuration starts Fairlead, or reaches one on this machine: what an import must not
 * take, and what may be replaced or removed without asking.
 */
export function isFairleadEntry(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null) return false;
  const { command, args, url, httpUrl, serverUrl } = entry as Readonly<Record<string, unknown>>;
  const address = [httpUrl, url, serverUrl].find((value) => typeof value === "string");
  if (typeof address === "string")
    return /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+\/mcp$/.test(address) && isMarked(entry);
  const words = [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === "string");
  const at = words.findIndex((word) =>
    /(?:^|[\\/])fairlead(?:\.js|\.cmd|\.exe)?$|^fairlead@\S+$/i.test(word),
  );
  return at >= 0 && words[at + 1] === "serve";
}

/** Any program of this machine may listen there; ours is told by the variable that its token is in. */
function isMarked(entry: object): boolean {
  return JSON.stringify(entry).includes("FAIRLEAD_TOKEN");
}
