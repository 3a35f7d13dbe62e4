import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, resolve } from "node:path";
import {
  type ClientFile,
  clientFile,
  clientNames,
  didYouMean,
  type ForeignServer,
  type LeftKey,
  readForeignFile,
} from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { clientSurroundings } from "./client-surroundings.js";
import { readIfThere } from "./read-if-there.js";

/** What was found in the files of another program. */
export interface ImportSource {
  /** Those that are there. */
  readonly files: readonly string[];
  readonly servers: readonly ForeignServer[];
  readonly left: readonly (LeftKey & { readonly file: string })[];
}

/**
 * Reads the servers of a file, or of all files of a client: those of its user, and in front of them, as clients have it, those
 * of a folder that is named. The files of a folder where one happens to be may be anybody's, and are only told.
 * @param typed a client's name, or a file
 * @param project the folder that is meant; undefined: only what the user's own files have
 * @throws FairleadError `not_found` if there is no such file; `usage`, reason `config_invalid`, if one cannot be read
 */
export async function readImportSource(typed: string, project: string | undefined): Promise<ImportSource> {
  const client = clientNames.find((name) => name === typed);
  const currentFolder = resolve(project ?? "");
  const places = client === undefined ? [placeOf(resolve(typed))] : placesOf(client, project);
  const files: string[] = [];
  const servers: ForeignServer[] = [];
  const left: (LeftKey & { file: string })[] = [];
  for (const { path, folder } of places) {
    const text = await readIfThere(path);
    if (text === undefined) continue;
    files.push(path);
    const content = readForeignFile(text, { file: path, project: folder, currentFolder });
    if (content === undefined && client === undefined) throw noServers(path);
    servers.push(...(content?.servers ?? []));
    left.push(...(content?.left ?? []).map((key) => ({ ...key, file: path })));
  }
  const untaken = client === undefined || project !== undefined ? [] : await foldersOwn(client);
  if (files.length === 0) throw notFound(typed, places, untaken);
  left.push(...untaken.map((file) => ({ key: file, reason: ofFolder, file })));
  return { files, servers, left };
}

interface Place {
  readonly path: string;
  /** The folder that its texts are about; undefined where it is for all of them. */
  readonly folder: string | undefined;
}

function placesOf(client: ClientFile["client"], project: string | undefined): readonly Place[] {
  const surroundings = clientSurroundings(project);
  // Claude Code takes over what Claude Desktop has if asked to, so its users mean both.
  const names = client === "claude" ? ([client, "claude-desktop"] as const) : [client];
  const scopes = project === undefined ? (["user"] as const) : (["project", "user"] as const);
  return (
    names
      .flatMap((name) => scopes.map((scope) => clientFile(name, scope, surroundings)))
      .filter((file) => file !== undefined)
      // In the user's own folder the project's file is the user's.
      .filter(({ path }, index, all) => all.findLastIndex((other) => other.path === path) === index)
      .map(({ path, scope }) => ({ path, folder: scope === "project" ? surroundings.project : undefined }))
  );
}

const ofFolder = "belongs to the folder and may be anybody's; --project . takes it";

/** What the current folder has for a client, and nobody asked for. */
async function foldersOwn(client: ClientFile["client"]): Promise<readonly string[]> {
  const surroundings = clientSurroundings(undefined);
  const path = clientFile(client, "project", surroundings)?.path;
  // In the user's own folder it is the user's file, which was read.
  if (path === undefined || path === clientFile(client, "user", surroundings)?.path) return [];
  return access(path).then(
    () => [path],
    () => [],
  );
}

/** A file in a client's folder of a project belongs to that project; the same folder of the user belongs to none. */
function placeOf(path: string): Place {
  const folder = dirname(path);
  if (basename(path) === ".mcp.json") return { path, folder };
  const isInClientFolder = /^\.(?:vscode|cursor|gemini|codex|zed)$/.test(basename(folder));
  const isOfUser = dirname(folder) === homedir();
  return { path, folder: isInClientFolder && !isOfUser ? dirname(folder) : undefined };
}

function noServers(file: string): FairleadError {
  return new FairleadError(
    "usage",
    `${file} has no servers: expected an object "mcpServers", "servers" or "context_servers", or [mcp_servers.NAME] in a .toml file`,
    { reason: "config_invalid", effect: "none", details: { file } },
  );
}

function notFound(typed: string, places: readonly Place[], untaken: readonly string[]): FairleadError {
  const paths = places.map(({ path }) => path).join(", ");
  const isFile = places.length === 1 && !(clientNames as readonly string[]).includes(typed);
  const message = isFile
    ? `${paths} does not exist. Give a file, or one of ${clientNames.join(", ")}.${didYouMean(typed, clientNames)}`
    : [
        `Nothing of ${typed} was found here; looked for ${paths}.`,
        ...untaken.map((file) => `${file} ${ofFolder}.`),
      ].join(" ");
  return new FairleadError("not_found", message, { effect: "none", details: { source: typed } });
}
