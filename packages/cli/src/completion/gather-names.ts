import { readFile } from "node:fs/promises";
import { featureNames, loadConfig, type ServerConfig } from "@fairlead/config";
import { createToolFilter, nameTools } from "@fairlead/host";
import { catalogueFolder, recallToolNames } from "../runtime/cached-tools.js";
import { builtInsOf } from "../serve/built-in-servers.js";
import { type GatheredNames, type KnownServer, type NamesQuery, stampOf } from "./known-names.js";
import { isPlainWord } from "./shells.js";

/** Reads the names of everything from the configuration and the catalogue. It starts nothing. @throws FairleadError */
export async function gatherNames({ home, env, mcpConfigFile }: NamesQuery): Promise<GatheredNames> {
  const catalogue = catalogueFolder(home);
  const stamps: Record<string, string> = { [catalogue]: await stampOf(catalogue) };
  const { config } = await loadConfig({
    lenient: "entries",
    home,
    env,
    mcpConfigFile,
    readFile: async (path) => {
      const stamp = await stampOf(path);
      stamps[path] = stamp;
      return stamp === "" ? undefined : readFile(path);
    },
  });
  const toKnown = async (server: ServerConfig, kind: KnownServer["kind"]): Promise<KnownServer> => {
    const { name, executor, enabled: isEnabled } = server;
    const tools = shownNames(server, await recallToolNames(home, name), config.maxName);
    return { name, kind, executor, isEnabled, tools };
  };
  const servers = await Promise.all([
    ...[...config.servers.values()].map((server) => toKnown(server, server.transport)),
    ...[...config.connectors.values()].map((connector) => toKnown(connector, "connector")),
    ...builtInsOf(config).map(async ({ name, executor }): Promise<KnownServer> => {
      return { name, kind: "built-in", executor, isEnabled: true, tools: await recallToolNames(home, name) };
    }),
  ]);
  const executors = ["local", ...config.executors.keys()];
  return { names: { servers, executors, features: featureNames }, stamps };
}

/** As agents see them, without the server in front. */
function shownNames(
  server: ServerConfig,
  rawNames: readonly string[],
  maxNameBytes: number,
): readonly string[] {
  const items = rawNames.map((name) => ({ raw: Buffer.alloc(0), name, uri: undefined }));
  const definition = { ...server, enabledTools: server.enabledTools };
  const { tools } = nameTools(items, { definition, allowsTool: createToolFilter(definition), maxNameBytes });
  const prefix = `${server.name}__`;
  return tools.map(({ exposed, rawName }) => {
    const short = exposed.slice(prefix.length);
    const typed = short === rawName || !/_[0-9a-f]{8}$/.test(short) ? short : rawName;
    // Whatever its server calls it: what is offered must be a word to every shell, and no flag.
    return isPlainWord(typed) && !typed.startsWith("-") ? typed : exposed;
  });
}
