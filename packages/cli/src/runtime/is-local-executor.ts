/** Tells whether a name means this machine rather than a configured executor. */
export function isLocalExecutor(name: string): boolean {
  return name === "local" || name === "embedded";
}
