import { join, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { Environment } from "../load/expand-variables.js";
import { createJsonLocator } from "../load/locate-json.js";
import { readMcpServersJson } from "../load/read-mcp-servers-json.js";
import { type ReadFile, readText } from "../load/read-text.js";
import type { ConfigProblem, ConfigSource } from "../problems/config-problem.js";
import { createTomlLocator } from "../toml/locate-toml.js";
import { parseToml } from "../toml/parse-toml.js";
import { withAbsolutePaths } from "./absolute-paths.js";
import type { ConfigLayer, Table } from "./config-layer.js";
import { flagLayers } from "./flag-layers.js";
import { ownServeNote, withoutOwnServe } from "./own-serve.js";
import { profileLayers, profileNames } from "./profile-layers.js";

/** A file of a project, which somebody found and trusts. */
export interface ProjectFile {
  /** Absolute. */
  readonly file: string;
  /** `toml`: a config.toml. `json`: a file with `mcpServers`. */
  readonly kind: "toml" | "json";
  /** What it holds: the very text that was trusted. */
  readonly text: string;
  /** The folder of the project, absolute: where its programs start. */
  readonly folder: string;
}

/** Where configuration comes from. */
export interface LayerOptions {
  /** The resolved home folder; its `config.toml` may be missing. */
  readonly home: string;
  /** Files of projects, laid over `config.toml`; the strongest, which is the nearest, last. @default none */
  readonly projectFiles?: readonly ProjectFile[] | undefined;
  /** A file with `mcpServers`, laid over those; it must exist. Relative to the working folder. */
  readonly mcpConfigFile?: string | undefined;
  /** The name of the profile that is laid over all files. @default none */
  readonly profile?: string | undefined;
  /** Texts of `key=value`, laid over everything so far; the last one wins. @default none */
  readonly overrides?: readonly string[] | undefined;
  /** Features that flags switch on or off, over everything else. @default none */
  readonly features?: Readonly<Record<string, boolean>> | undefined;
  /** Fills in `${VAR}` in files with `mcpServers`. @default nothing is set */
  readonly env?: Environment | undefined;
  /** @default reads from disk */
  readonly readFile?: ReadFile | undefined;
}

/** All layers, the weakest first, and what was wrong with them before anything was laid over another. */
export interface ReadLayers {
  readonly layers: readonly ConfigLayer[];
  readonly problems: readonly ConfigProblem[];
  /** Servers that were left out on purpose: `fairlead serve` itself. */
  readonly leftOut: readonly ConfigProblem[];
  /** The names of all profiles that files have, whichever is used. */
  readonly profiles: readonly string[];
}

/** The path of the configuration file inside a home folder. */
export function configFilePath(home: string): string {
  return join(home, "config.toml");
}

/**
 * Reads everything that configuration comes from, without judging it.
 * @param fail is told of a file that cannot be read at all, and may throw; the file then counts as an empty one
 * @throws FairleadError `usage` for a profile that there is not, or a malformed override; and whatever `fail` throws
 */
export async function readLayers(
  options: LayerOptions,
  fail: (error: FairleadError) => void = rethrow,
): Promise<ReadLayers> {
  const problems: ConfigProblem[] = [];
  const leftOut: ConfigProblem[] = [];
  const files: ConfigLayer[] = [];
  const add = async (read: () => Promise<ConfigLayer> | ConfigLayer): Promise<void> => {
    try {
      files.push(await read());
    } catch (thrown) {
      if (!(thrown instanceof FairleadError)) throw thrown;
      fail(thrown);
    }
  };
  const fromJson = (text: string, source: ConfigSource): Table => {
    const read = readMcpServersJson(text, source, options.env ?? {});
    problems.push(...read.problems);
    leftOut.push(...read.ownServes.map((name) => ownServeNote(name, source)));
    return { ...read.raw };
  };
  const fromToml = (text: string, source: ConfigSource): Table => {
    const read = withoutOwnServe(parseToml(text, source.file));
    leftOut.push(...read.leftOut.map((name) => ownServeNote(name, source)));
    return read.value;
  };
  await add(() => readUserFile(options));
  for (const project of options.projectFiles ?? []) {
    const { file, kind, text, folder } = project;
    await add(() => {
      const source = { ...sourceOfText(file, kind, text), projectFolder: folder };
      const raw = kind === "toml" ? fromToml(text, source) : fromJson(text, source);
      return { kind: "project", source, value: withAbsolutePaths(raw, folder) };
    });
  }
  const { mcpConfigFile } = options;
  if (mcpConfigFile !== undefined) {
    await add(async () => {
      const { file, text } = await readMcpConfig(mcpConfigFile, options.readFile);
      const source = sourceOfText(file, "json", text);
      return { kind: "mcp-config", source, value: fromJson(text, source) };
    });
  }
  // Without its config.toml there still is one to point at.
  if (files.length === 0) files.push(emptyUserLayer(configFilePath(options.home)));
  const profile = options.profile === undefined ? undefined : profileLayers(files, options.profile);
  problems.push(...(profile?.problems ?? []));
  return {
    layers: [
      ...files,
      ...(profile?.layers ?? []),
      ...flagLayers(options.overrides ?? [], options.features ?? {}),
    ],
    problems,
    leftOut,
    profiles: profileNames(files),
  };
}

function rethrow(error: FairleadError): never {
  throw error;
}

async function readUserFile({ home, readFile }: LayerOptions): Promise<ConfigLayer> {
  const file = configFilePath(home);
  const text = (await readText(file, readFile)) ?? "";
  return { kind: "user", source: sourceOfText(file, "toml", text), value: parseToml(text, file) };
}

function emptyUserLayer(file: string): ConfigLayer {
  return { kind: "user", source: sourceOfText(file, "toml", ""), value: {} };
}

async function readMcpConfig(
  path: string,
  readFile: ReadFile | undefined,
): Promise<{ readonly file: string; readonly text: string }> {
  const file = resolve(path);
  const text = await readText(file, readFile);
  if (text !== undefined) return { file, text };
  throw new FairleadError("usage", `${file} does not exist; --mcp-config needs a file with "mcpServers"`, {
    reason: "config_invalid",
    effect: "none",
    details: { file },
  });
}

function sourceOfText(file: string, kind: ConfigSource["kind"], text: string): ConfigSource {
  return { file, kind, lineOf: kind === "toml" ? createTomlLocator(text) : createJsonLocator(text) };
}
