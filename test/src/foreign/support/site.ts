import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { type ChaosProxy, nodeModuleBinary, spawnRawClient, startChaosProxy } from "@fairlead/testkit";
import { type ExecutorDaemon, startDaemon } from "../../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../../failures/support/scene.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import type { Column, ColumnName, MoreSettings, Place, Tables } from "./column.js";
import type { WineParts } from "./find-wine.js";
import { provideLinuxFolder } from "./provide-linux-folder.js";
import { tomlTable } from "./toml.js";
import { startWineExecutor } from "./wine-executor.js";
import { openWineMachine, ownFolder, type WineMachine } from "./wine-machine.js";

/** Hosts and executors on this machine and on a Windows machine. */
export interface Site extends AsyncDisposable {
  readonly columns: Readonly<Record<ColumnName, Column>>;
  readonly machine: WineMachine;
  /** The host of the columns that have a Linux one. */
  readonly scene: Scene;
  /** The executors, past the lines of the columns. */
  readonly endpoints: Readonly<
    Record<"linux" | "windows", { readonly address: string; readonly token: string }>
  >;
}

/** What every executor has in its environment, and no host. */
const onExecutors = { FROM_THERE: "the value there" };
const windowsHome = `${ownFolder}\\home`;
const tokenVariable = "FAR_KEY";

/** Starts everything. Disposing ends it, and fails if anything of it does not end. */
export async function startSite(parts: WineParts): Promise<Site> {
  const stack = createDisposeStack();
  try {
    const scene = stack.use(await createScene());
    const machine = stack.use(await openWineMachine(parts));
    const far = { ...scene, env: { ...scene.env, ...onExecutors } };
    const linux = stack.use(await startDaemon(far, { listen: "127.0.0.1:0" }));
    const windows = stack.use(await startWineExecutor(machine, onExecutors));
    const openLine = async (targetPort: number): Promise<ChaosProxy> =>
      stack.use(await startChaosProxy({ targetPort }));
    const toLinux = await openLine(linux.port);
    const toWindows = await openLine(windows.port);
    const fromWindows = await openLine(linux.port);
    const host = linuxHost(scene);
    const windowsHostOf = windowsHost(machine);
    const columns = {
      local: { name: "local", ...linuxServers(scene), ...host("local") },
      "Linux executor": {
        name: "Linux executor",
        ...linuxServers(scene),
        ...host("far", toLinux, tokenOf(linux)),
      },
      "Windows executor": {
        name: "Windows executor",
        ...windowsServers(machine),
        ...host("far", toWindows, windows.token),
      },
      "Linux executor from a Windows host": {
        name: "Linux executor from a Windows host",
        ...linuxServers(scene),
        ...windowsHostOf("far", fromWindows, tokenOf(linux)),
      },
      "local on Windows": {
        name: "local on Windows",
        ...windowsServers(machine),
        ...windowsHostOf("local"),
        // A devbox of this machine has the folder of its host.
        openFolder: (name) => makeWindowsFolder(machine, `${windowsHome}\\${name}`),
      },
    } as const satisfies Record<ColumnName, Column>;
    const endpoints = { linux: { address: linux.address, token: tokenOf(linux) }, windows };
    return { columns, machine, scene, endpoints, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

type Servers = Pick<
  Column,
  "convention" | "userFolder" | "provideFolder" | "openFolder" | "node" | "packageScript" | "pathWith"
>;
type Host = Pick<
  Column,
  "hostConvention" | "executor" | "line" | "token" | "env" | "configure" | "fairlead" | "serve" | "hostFile"
>;

function linuxServers({ folder }: Scene): Servers {
  const makeFolder = async (name: string): Promise<Place> => {
    const seen = folder.file(name);
    await mkdir(seen, { recursive: true });
    return { spelled: seen, seen };
  };
  return {
    convention: "posix",
    userFolder: makeFolder,
    provideFolder: provideLinuxFolder,
    openFolder: makeFolder,
    node: (script, ...args) => ({ command: process.execPath, args: [script, ...args] }),
    packageScript: (name) => nodeModuleBinary(name),
    pathWith: (first) => [first, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
  };
}

function windowsServers(machine: WineMachine): Servers {
  const makeFolder = (spelled: string): Promise<Place> => makeWindowsFolder(machine, spelled);
  return {
    convention: "windows",
    provideFolder: async (spelled) => ({
      ...(await makeFolder(spelled)),
      [Symbol.asyncDispose]: async () => {},
    }),
    userFolder: (name) => makeFolder(`C:\\Users\\openai\\${name}`),
    // Its executor runs there.
    openFolder: (name) => makeFolder(`${ownFolder}\\${name}`),
    node: (script, ...args) => ({ command: "node", args: [`Z:${script.replaceAll("/", "\\")}`, ...args] }),
    packageScript: (name) => {
      const linked = join(machine.prefix, "drive_c", "fairlead", "app", "node_modules", ...name.split("/"));
      return join(linked, "dist", "index.js");
    },
    pathWith: (first) => [first, "C:\\nodejs", "C:\\windows\\system32", "C:\\windows"].join(";"),
  };
}

async function makeWindowsFolder(machine: WineMachine, spelled: string): Promise<Place> {
  await machine.makeFolder(spelled);
  return { spelled, seen: machine.locate(spelled) };
}

function linuxHost(scene: Scene) {
  return (executor: string, line?: ChaosProxy, token = ""): Host => ({
    hostConvention: "posix",
    executor,
    line,
    token,
    env: { [tokenVariable]: token },
    configure: async (servers, more = {}) =>
      void (await scene.configure(configText({ servers, ...more }, executor, line))),
    fairlead: (args, { env } = {}) => scene.fairlead(args, { env: { [tokenVariable]: token, ...env } }),
    serve: (env) => scene.start(["serve"], { env: { [tokenVariable]: token, ...env } }),
    hostFile: (name, content) => scene.folder.write(name, content),
  });
}

function windowsHost(machine: WineMachine) {
  const home = windowsHome;
  const write = async (path: string, content: string): Promise<string> => {
    await machine.makeFolder(home);
    await writeFile(machine.locate(path), content);
    return path;
  };
  return (executor: string, line?: ChaosProxy, token = ""): Host => {
    const ownEnv = { FAIRLEAD_HOME: home, [tokenVariable]: token };
    return {
      hostConvention: "windows",
      executor,
      line,
      token,
      env: ownEnv,
      configure: async (servers, more = {}) => {
        await write(`${home}\\config.toml`, configText({ servers, ...more }, executor, line));
      },
      fairlead: (args, { env } = {}) =>
        machine.run("fairlead", args, { cwd: home, env: { ...ownEnv, ...env } }),
      serve: (more) => {
        const { argv, env } = machine.command("fairlead", ["serve"]);
        return spawnRawClient(argv, { env: { ...env, ...ownEnv, ...more }, cwd: machine.locate(home) });
      },
      hostFile: (name, content) => write(`${home}\\${name}`, content),
    };
  };
}

function configText(
  { servers, executor: more, tables = {} }: MoreSettings & { readonly servers: Tables },
  executor: string,
  line: ChaosProxy | undefined,
): string {
  const url = `grpc://127.0.0.1:${line?.port}`;
  const far =
    line === undefined ? {} : { [`executors.${executor}`]: { url, token_env: tokenVariable, ...more } };
  const own = Object.entries(servers).map(
    ([name, table]) => [`mcp_servers.${name}`, { ...table, executor }] as const,
  );
  return Object.entries({ ...far, ...tables, ...Object.fromEntries(own) })
    .map(([heading, table]) => tomlTable(heading, table))
    .join("\n");
}

function tokenOf({ token }: ExecutorDaemon): string {
  if (token === undefined) throw new Error("An executor on loopback has a token");
  return token;
}
