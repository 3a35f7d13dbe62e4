/** What one kind of check looks at. */
export interface CheckRow {
  /** What a set of checks is about: this machine, each executor, each server. */
  readonly of: "host" | "executor" | "server";
  /** Where the look is taken. */
  readonly where: "this machine" | "its executor" | "both";
  /** What has to be so, in words. */
  readonly looks: string;
  /** What `--fix` does about it; undefined: nothing. */
  readonly fix?: string;
}

/** Every check, in the order of the chain. docs/doctor.md shows this table; a test holds the two together. */
export const checkTable = {
  node: { of: "host", where: "this machine", looks: "Node.js is new enough" },
  home: {
    of: "host",
    where: "this machine",
    looks: "Fairlead's home folder is there, can be written, is yours and closed to others",
    fix: "sets its mode to 0700",
  },
  "home-files": {
    of: "host",
    where: "this machine",
    looks: "tokens and logins in the home can be read by you alone",
    fix: "sets their modes to 0600",
  },
  config: { of: "host", where: "this machine", looks: "the configuration is valid and has no unknown keys" },
  "run-folder": {
    of: "host",
    where: "this machine",
    looks: "no sockets or locks of dead processes lie about",
    fix: "removes them",
  },
  orphans: {
    of: "host",
    where: "this machine",
    looks: "nothing runs that an executor left behind when it was killed",
    fix: "ends it",
  },
  credentials: {
    of: "host",
    where: "this machine",
    looks: "the store of logins can be asked; left alone where no server uses a login",
  },
  terminal: { of: "host", where: "this machine", looks: "programs can get a terminal here" },
  "executor-config": {
    of: "executor",
    where: "this machine",
    looks: "its token and TLS files can be read, by you alone",
    fix: "sets the modes of token and key files to 0600",
  },
  "executor-start": { of: "executor", where: "this machine", looks: "the executor of this machine starts" },
  "executor-name": { of: "executor", where: "this machine", looks: "its host name is known" },
  "executor-port": { of: "executor", where: "this machine", looks: "something listens at its address" },
  "executor-tls": {
    of: "executor",
    where: "this machine",
    looks: "its certificate is valid and for this name",
  },
  "executor-token": { of: "executor", where: "its executor", looks: "it accepts our token" },
  "executor-version": {
    of: "executor",
    where: "its executor",
    looks: "it is an executor, of a version that we understand",
  },
  "executor-clock": {
    of: "executor",
    where: "both",
    looks: "its clock and ours differ by less than 30 seconds",
  },
  "server-config": {
    of: "server",
    where: "this machine",
    looks: "it is switched on, and its executor is configured",
  },
  "server-env": { of: "server", where: "this machine", looks: "variables that it gets from here are set" },
  "server-program": { of: "server", where: "its executor", looks: "its program is on the PATH there" },
  "server-cwd": { of: "server", where: "its executor", looks: "its working folder is there" },
  "server-executor-env": {
    of: "server",
    where: "its executor",
    looks: "variables that it gets there are set",
  },
  "server-spawn": { of: "server", where: "its executor", looks: "its process starts" },
  "server-reach": {
    of: "server",
    where: "its executor",
    looks: "its address is reached: name, port, TLS, proxy",
  },
  "server-auth": {
    of: "server",
    where: "both",
    looks: "its credentials are accepted, or its login is valid",
  },
  "server-handshake": {
    of: "server",
    where: "its executor",
    looks: "it speaks MCP, and nothing else on its stdout",
  },
  "server-tools": {
    of: "server",
    where: "its executor",
    looks: "its tools can be listed, and agents see each under its own name",
  },
  "server-teardown": {
    of: "server",
    where: "its executor",
    looks: "nothing of it is left when it is stopped",
  },
} as const satisfies Record<string, CheckRow>;

/** Names a kind of check; it never changes its meaning. */
export type CheckId = keyof typeof checkTable;
