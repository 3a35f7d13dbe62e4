/** Names the file of the runtime for {@link printEnvironment}; it is not part of the answer. */
export const runtimeName = "FAIRLEAD_RUNTIME";

/** Without a quote, a backslash or a mark that a shell knows; its quotes are double ones. */
const program =
  "process.stdout.write(Object.entries(process.env).map((e) => e.join(String.fromCharCode(61)) + String.fromCharCode(0)).join(String()))";

/**
 * What `/bin/sh` runs to print its environment as `NAME=value` ended by NULs. It holds no single quote. Other systems than
 * Linux may have an `env` that cannot do that; there our own runtime does, but a value that is no UTF-8 comes out changed.
 */
export function printEnvironment(platform: NodeJS.Platform): string {
  return platform === "linux"
    ? "cat /proc/self/environ"
    : `env -0 2>/dev/null || "$${runtimeName}" -e "${program}"`;
}
