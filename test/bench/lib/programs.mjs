import { fileURLToPath } from "node:url";

/** argv of a program of this folder's `programs`. */
export function programCommand(name, ...args) {
  return [process.execPath, fileURLToPath(new URL(`../programs/${name}`, import.meta.url)), ...args];
}

/** The child at the far end of every echo. */
export const echoChild = programCommand("echo-child.mjs");

/** A remote command as ssh wants it: one line for a shell, which gets out of the way. */
export function remoteCommand(argv) {
  return [`exec ${argv.map((part) => `'${part}'`).join(" ")}`];
}
