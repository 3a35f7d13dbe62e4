import { readFile } from "node:fs/promises";
import { configFilePath, featureNames, loadConfig, type ServerConfig } from "@fairlead/config";
import { createToolFilter, nameTools } from "@fairlead/host";
import { usedFiles } from "../project/admit-project-files.js";
import { seeProject } from "../project/load-project.js";
import { projectPaths } from "../project/watch-list.js";
import { catalogueFolder, recallToolNames } from "../runtime/cached-tools.js";
import { builtInsOf } from "../serve/built-in-servers.js";
import { switchedFeatures } from "../serve/features.js";
import { type GatheredNames, type KnownServer, type NamesQuery, stampOf, stateOf } from "./known-names.js";
import { isPlainWord } from "./shells.js";

/**
 * Reads the names of everything from the configuration, as the commands have it, and from the catalogue. It starts nothing and
 * asks nobody: of the files of a project it takes what is trusted. @throws FairleadError
 */
export async function gatherNames(query: NamesQuery): Promise<GatheredNames> {
  const { home, cwd, env, flags = {}, userFolder } = query;
  const place = { home, cwd, ...(userFolder === undefined ? {} : { userFolder }) };
  const catalogue = catalogueFolder(home);
  // Before anything is read: what changes in between is then read anew the next time.
  const stamps: Record<string, string> = {};
  for (const path of [catalogue, ...(await projectPaths(place))]) stamps[path] = await stampOf(path);
  const projectFiles = usedFiles(await seeProject({ ...place, named: flags.mcpConfig }));
  const texts = projectFiles.map(({ text }) => text);
  const { config, profiles } = await loadConfig({
    lenient: "entries",
    home,
    env,
    projectFiles,
    mcpConfigFile: flags.mcpConfig,
    profile: flags.profile,
    overrides: flags.config,
    features: switchedFeatures(flags),
    readFile: async (path) => {
      const stamp = await stampOf(path);
      stamps[path] ??= stamp;
      if (stamp === "") return undefined;
      const bytes = await readFile(path);
      texts.push(bytes.toString());
      return bytes;
    },
  });
  const toKnown = async (server: ServerConfig, kind: KnownServer["kind"]): Promise<KnownServer> => {
    const { name, executor, enabled: isEnabled } = server;
    const tools = shownNames(server, await recallToolNames(home, name), config.maxName);
    return { name, kind, executor, isEnabled, isOwn: server.file === configFilePath(home), tools };
  };
  const servers = await Promise.all([
    ...[...config.servers.values()].map((server) => toKnown(server, server.transport)),
    ...[...config.connectors.values()].map((connector) => toKnown(connector, "connector")),
    ...builtInsOf(config).map(async ({ name, executor }): Promise<KnownServer> => {
      const tools = await recallToolNames(home, name);
      return { name, kind: "built-in", executor, isEnabled: true, isOwn: false, tools };
    }),
  ]);
  const executors = ["local", ...config.executors.keys()];
  const variables = variablesIn(texts).map((name) => [name, stateOf(env, name)]);
  return {
    names: { servers, executors, features: featureNames, profiles },
    stamps,
    variables: Object.fromEntries(variables),
  };
}

/** The variables that texts ask for: a server may be there only where they are. */
function variablesIn(texts: readonly string[]): readonly string[] {
  const found = texts.flatMap((text) => [...text.matchAll(/\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_().]*)/g)]);
  return [...new Set(found.map(([, name = ""]) => name))];
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
