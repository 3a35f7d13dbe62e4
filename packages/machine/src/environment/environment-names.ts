import type { PathConvention } from "@fairlead/core";

const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"] as const;

/** Variables that name certificate files or folders: a relative value would point elsewhere in the child's folder. */
export const certificateNames = [
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
] as const;

const posixBaseNames = [
  "HOME",
  "LOGNAME",
  "PATH",
  "SHELL",
  "USER",
  "LANG",
  "LC_ALL",
  "TERM",
  "TMPDIR",
  "TZ",
  ...certificateNames,
  ...proxyNames,
  // curl and others read the lower-case spelling, some only that one.
  ...proxyNames.map((name) => name.toLowerCase()),
];

const windowsBaseNames = [
  "PATH",
  "PATHEXT",
  "COMSPEC",
  "SYSTEMROOT",
  "WINDIR",
  "SYSTEMDRIVE",
  "PROGRAMDATA",
  "APPDATA",
  "LOCALAPPDATA",
  "USERPROFILE",
  "USERNAME",
  "USERDOMAIN",
  "HOMEDRIVE",
  "HOMEPATH",
  "TEMP",
  "TMP",
  "NUMBER_OF_PROCESSORS",
  "PROCESSOR_ARCHITECTURE",
  "OS",
  "POWERSHELL",
  "LANG",
  "TZ",
  ...certificateNames,
  ...proxyNames,
];

/** The names that a child gets from the machine without being asked: exact ones, and prefixes. */
export interface BaseNames {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
}

/** The allow-list of a system. Everything else stays out, because an environment is full of other people's secrets. */
export const baseNames: Readonly<Record<PathConvention, BaseNames>> = {
  posix: { names: posixBaseNames, prefixes: ["XDG_"] },
  windows: { names: windowsBaseNames, prefixes: ["PROGRAMFILES", "XDG_"] },
};

/** The variable that marks every process of a tree: ids of the trees around it, then its own, joined by commas. */
export const treeCookieName = "FAIRLEAD_TREE";

/** Tells the names that no child ever gets, not even when asked: our credentials, and the mark that we set ourselves. */
export function isOwnName(name: string): boolean {
  const upper = name.toUpperCase();
  return upper === treeCookieName || /^FAIRLEAD_(?:.*_)?TOKEN$/.test(upper);
}

/** Tells the names that change what code a program loads; a child gets them only where they were asked for by name. */
export function isLoaderName(name: string): boolean {
  const upper = name.toUpperCase();
  return upper.startsWith("LD_") || upper.startsWith("DYLD_") || upper === "NODE_OPTIONS";
}
