import type { PlantedFault } from "./planted-fault.js";
import { stdio } from "./support/fault-tables.js";

const node = process.execPath;

/** Faults of servers that are programs, all on one healthy executor. */
export const stdioFaults: readonly PlantedFault[] = [
  {
    id: "executor-unknown",
    planted: "an executor that is not configured",
    toml: () => stdio("executor-unknown", ["true"]).replace('"far"', '"fra"'),
    check: "server-config",
    machine: "host",
    tells: /there is no executor fra/,
    remedy: /^# fairlead executor add fra/m,
  },
  {
    id: "program-missing",
    planted: "a program that nobody has",
    toml: () => stdio("program-missing", ["no-such-program"]),
    check: "server-program",
    tells: /no-such-program is not found/,
    remedy: /^fairlead run --executor far -- sh -c 'command -v -- no-such-program'$/m,
  },
  {
    id: "path-wrong",
    planted: "a PATH for the server without its program",
    toml: () => stdio("path-wrong", ["sh"], ['env = { PATH = "/none/bin" }']),
    check: "server-program",
    tells: /searched PATH=\/none\/bin/,
    remedy: /the PATH counts/,
  },
  {
    id: "program-no-permission",
    planted: "a file without the right to execute it",
    toml: async ({ scene }) => stdio("program-no-permission", [await scene.folder.write("plain.txt", "x")]),
    check: "server-program",
    tells: /may not be executed/,
    remedy: /chmod \+x -- .*plain\.txt/,
  },
  {
    id: "cwd-missing",
    planted: "a working folder that is not there",
    toml: () => stdio("cwd-missing", [node, "-v"], ['cwd = "/none/folder"']),
    check: "server-cwd",
    tells: /\/none\/folder/,
    remedy: /mkdir -p -- \/none\/folder/,
  },
  {
    id: "cwd-file",
    planted: "a file as the working folder",
    toml: async ({ scene }) =>
      stdio("cwd-file", [node, "-v"], [`cwd = ${JSON.stringify(await scene.folder.write("a-file", "x"))}`]),
    check: "server-cwd",
    tells: /is not a directory/,
    remedy: /cwd of \[mcp_servers\.cwd-file\]/,
  },
  {
    id: "cwd-foreign",
    planted: "a Windows folder on an executor that runs Linux",
    toml: () => stdio("cwd-foreign", [node, "-v"], ["cwd = 'C:\\Users\\me'"]),
    check: "server-cwd",
    tells: /C:\\Users\\me/,
    remedy: /cwd of \[mcp_servers\.cwd-foreign\]/,
  },
  {
    id: "env-unset-here",
    planted: "a variable of this machine that is not set",
    toml: ({ scene }) =>
      scene.server("env-unset-here", [], ['executor = "far"']).replace("COPIED_SECRET", "NOT_SET_HERE"),
    check: "server-env",
    machine: "host",
    tells: /NOT_SET_HERE/,
    remedy: /^# export NOT_SET_HERE=VALUE$/m,
  },
  {
    id: "env-unset-there",
    planted: "a variable of the executor that is not set there, though it is here",
    toml: ({ scene }) =>
      scene
        .server("env-unset-there", [], ['executor = "far"'])
        .replace('env_vars = ["COPIED_SECRET"]', 'env_vars = [{ name = "ONLY_HERE", source = "executor" }]'),
    check: "server-executor-env",
    tells: /not set on far: ONLY_HERE/,
    remedy: /^# export ONLY_HERE=VALUE\nfairlead-executor serve --listen /m,
  },
  {
    id: "exits-at-once",
    planted: "a server that ends with code 3",
    toml: ({ scene }) => scene.server("exits-at-once", ["--exit-at-once", "3"], ['executor = "far"']),
    check: "server-handshake",
    tells: /exit code 3/,
    remedy: /^fairlead get exits-at-once$/m,
  },
  {
    id: "noise",
    planted: "a wrapper that prints on stdout before it starts the server",
    toml: ({ scene }) => {
      const [, command = "", args = "[]"] =
        /command = (".*")\nargs = (\[.*\])/.exec(scene.server("noise")) ?? [];
      const argv = [JSON.parse(command), ...(JSON.parse(args) as string[])] as string[];
      return stdio("noise", ["sh", "-c", `echo 'starting up'; exec "$0" "$@"`, ...argv]);
    },
    check: "server-handshake",
    status: "warning",
    tells: /starting up/,
    remedy: /stderr/,
  },
  {
    id: "silent",
    planted: "a program that never answers",
    toml: ({ scene }) =>
      scene.server("silent", ["--no-handshake"], ['executor = "far"', "startup_timeout_sec = 1"]),
    check: "server-handshake",
    tells: /does not answer in time/,
    remedy: /startup_timeout_sec/,
  },
];
