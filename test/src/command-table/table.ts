/** What the rows of the table can use. */
export interface RowScene {
  /** Where an executor waits, in a form for `executor add`. */
  readonly executorUrl: string;
  /** The home folder, where `notes.txt` is. */
  readonly home: string;
}

/** One command, and how it is run. */
export interface TableRow {
  /** What is typed after `fairlead`, without arguments: `executor add`. */
  readonly command: string;
  /** The arguments of a run that succeeds. Left out for a command whose success another suite shows, named in `elsewhere`. */
  readonly args?: (scene: RowScene) => readonly string[];
  /** The suite that shows its success. */
  readonly elsewhere?: string;
  /** The arguments of a run that fails, and its exit code. */
  readonly fails: { readonly args: readonly string[]; readonly exit: number };
  /** Typed, and written to stdin, which is then at its end. */
  readonly input?: string;
  /** Whether `--json` is another output; else it is not run with it. @default true */
  readonly hasJson?: boolean;
}

const of =
  (...args: readonly string[]) =>
  () =>
    args;

/** Commands that read and change files of the home, and start nothing. */
export const quietRows: readonly TableRow[] = [
  { command: "list", args: of(), fails: { args: ["--chekc"], exit: 2 } },
  { command: "get", args: of("fix"), fails: { args: ["fxi"], exit: 5 } },
  { command: "remove", args: of("off"), fails: { args: [], exit: 2 } },
  { command: "enable", args: of("off"), fails: { args: ["nobody"], exit: 5 } },
  { command: "disable", args: of("fix"), fails: { args: ["fix", "too many"], exit: 2 } },
  {
    command: "login",
    elsewhere: "test/src/oauth-cli/login-and-call.test.ts",
    fails: { args: ["fix"], exit: 2 },
  },
  { command: "logout", args: of("web"), fails: { args: [], exit: 2 } },
  { command: "auth status", args: of(), fails: { args: ["fix"], exit: 2 } },
  { command: "executor list", args: of(), fails: { args: ["--strict-cnfig"], exit: 2 } },
  { command: "executor remove", args: of("spare"), fails: { args: ["devbox"], exit: 2 } },
  {
    command: "doctor",
    elsewhere: "test/src/doctor",
    fails: { args: ["nobody"], exit: 5 },
  },
  { command: "config path", args: of(), fails: { args: ["too many"], exit: 2 } },
  { command: "config check", args: of(), fails: { args: ["--profile", "nope"], exit: 5 } },
  {
    command: "config schema",
    elsewhere: "test/src/config/config-commands.test.ts",
    fails: { args: ["too many"], exit: 2 },
  },
  {
    command: "config explain",
    args: of("mcp_servers.fix.command"),
    fails: { args: [], exit: 2 },
  },
  { command: "config features", args: of(), fails: { args: ["--enable", "nope"], exit: 2 } },
  {
    command: "trust",
    elsewhere: "test/src/config/trust.test.ts",
    fails: { args: ["no-such-folder"], exit: 2 },
  },
  { command: "untrust", args: of("."), fails: { args: [".", "too many"], exit: 2 } },
  {
    command: "import",
    elsewhere: "test/src/clients/import.test.ts",
    fails: { args: ["no-such-file.json"], exit: 5 },
  },
  {
    command: "client install",
    elsewhere: "test/src/clients/client-install.test.ts",
    fails: { args: ["nobody"], exit: 2 },
  },
  {
    command: "client list",
    elsewhere: "test/src/clients/client-install.test.ts",
    fails: { args: ["too many"], exit: 2 },
  },
  { command: "logs", args: of("fix"), fails: { args: ["fxi"], exit: 5 } },
  {
    command: "top",
    elsewhere: "test/src/watching/top.test.ts",
    fails: { args: ["--interval", "0"], exit: 2 },
  },
  { command: "completion", args: of("fish"), fails: { args: ["tcsh"], exit: 2 } },
];

/** Commands that start servers. */
export const serverRows: readonly TableRow[] = [
  {
    command: "add",
    args: of("more", "--cwd", "<fixtures>", "--", "node", "stdio-server.mjs"),
    fails: { args: ["more"], exit: 2 },
  },
  { command: "test", args: of("fix"), fails: { args: ["broken"], exit: 5 } },
  { command: "tools", args: of("fix"), fails: { args: ["nobody"], exit: 5 } },
  {
    command: "call",
    args: of("fix", "say", '{"text":"hello"}'),
    fails: { args: ["fix", "sleep", "{}"], exit: 3 },
  },
  { command: "resources", args: of("fix"), fails: { args: ["fix", "fixture://none"], exit: 7 } },
  {
    command: "prompts",
    args: of("fix", "greeting", '{"name":"you"}'),
    fails: { args: ["fix", "greeting", "[]"], exit: 2 },
  },
  { command: "serve", args: of(), input: "", hasJson: false, fails: { args: ["--attach", "no"], exit: 2 } },
];

/** Commands that reach executors. */
export const machineRows: readonly TableRow[] = [
  {
    command: "run",
    args: of("--executor", "devbox", "--", "echo", "hello"),
    hasJson: false,
    fails: { args: ["--", "no-such-program"], exit: 125 },
  },
  {
    command: "cp",
    args: ({ home }) => ["--force", `${home}/notes.txt`, "devbox:copied.txt"],
    fails: { args: ["devbox:none.txt", "."], exit: 5 },
  },
  {
    command: "search",
    args: of("--executor", "devbox", "wantedfile"),
    fails: { args: ["x", "--executor", "devbx"], exit: 5 },
  },
  { command: "ps", args: of("--executor", "local"), fails: { args: ["--executor", "devbx"], exit: 5 } },
  {
    command: "executor add",
    args: ({ executorUrl }) => ["second", executorUrl],
    fails: { args: ["second", "http://127.0.0.1"], exit: 2 },
  },
  { command: "executor describe", args: of("devbox"), fails: { args: ["devbx"], exit: 5 } },
];
