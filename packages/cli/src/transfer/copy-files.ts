import {
  FairleadError,
  type FileFacts,
  type Files,
  isFairleadError,
  isInsidePathUri,
  parentOfPathUri,
} from "@fairlead/core";
import { type FilePlace, spell } from "../runtime/open-place.js";
import { countBytes } from "./count-bytes.js";
import type { NamedFile } from "./parse-place.js";

/** One file that was copied, as each machine spells it. */
export interface CopiedFile {
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
}

/** What came of a copy. */
export interface CopyOutcome {
  /** The file, or the folder that everything is in. */
  readonly to: string;
  readonly isFolder: boolean;
  readonly copied: readonly CopiedFile[];
  /** Links, devices and names that are no text, as they are spelled where they are. */
  readonly skipped: readonly string[];
}

/** How files are copied. */
export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Whether folders are copied, with everything in them. */
  readonly isRecursive: boolean;
  /** Whether files that are there are replaced. */
  readonly isForced: boolean;
  /** Told how many bytes were read so far, of all files. */
  readonly onBytes: (bytes: number) => void;
}

/** So many at once keep a far machine busy; more would only wait for each other. */
const filesAtOnce = 4;

/** More entries than that in one folder are not listed. */
const mostEntries = 100_000;

/**
 * Copies a file, or a folder with everything in it, to another machine or another place. A folder takes what is copied
 * into it under its own name. Each file takes its place in one step; those that were copied before a failure stay.
 * @throws FairleadError `usage` for a folder without `isRecursive`; `already_exists`; and as `Files` has them
 */
export async function copyFiles(from: NamedFile, to: NamedFile, options: CopyOptions): Promise<CopyOutcome> {
  const source = await from.place.files.stat(from.uri, options);
  if (source.kind === "directory" && !options.isRecursive) {
    throw new FairleadError("usage", `${spell(from.place, from.uri)} is a folder. --recursive copies it`, {
      reason: "is_a_directory",
      effect: "none",
    });
  }
  const root = { from: from.uri, to: await targetOf(from, to, options.signal) };
  const plan: Plan = { pairs: [], folders: [], skipped: [] };
  if (source.kind === "directory") {
    if (from.place.executor === to.place.executor)
      await refuseIntoItself(source, { ...to, uri: root.to }, options.signal);
    await planFolder(root, { from, options, plan });
    await makeFolders(plan, to.place, options.signal);
  } else plan.pairs.push({ ...root, facts: source });
  const copied = await copyAll(plan, { from: from.place, to: to.place, options });
  return {
    to: spell(to.place, root.to),
    isFolder: source.kind === "directory",
    copied,
    skipped: plan.skipped,
  };
}

interface Pair {
  readonly from: string;
  readonly to: string;
}

interface Plan {
  readonly pairs: (Pair & { readonly facts?: FileFacts })[];
  readonly folders: string[];
  readonly skipped: string[];
}

/** A folder that is there takes the source into it; everything else is the new name. */
async function targetOf(from: NamedFile, to: NamedFile, signal: AbortSignal): Promise<string> {
  const found = to.isFolder ? "directory" : (await statIfThere(to.place.files, to.uri, signal))?.kind;
  if (found !== "directory") return to.uri;
  return below(to.uri, lastSegment(from.uri));
}

async function statIfThere(files: Files, uri: string, signal: AbortSignal): Promise<FileFacts | undefined> {
  try {
    return await files.stat(uri, { signal });
  } catch (thrown) {
    if (isFairleadError(thrown) && thrown.reason === "file_unknown") return undefined;
    throw thrown;
  }
}

/** Looks at everything before anything is made: two names may lead to one machine, and a copy must not find itself. */
async function planFolder(
  folder: Pair,
  scene: { readonly from: NamedFile; readonly options: CopyOptions; readonly plan: Plan },
): Promise<void> {
  const { from, options, plan } = scene;
  const { signal } = options;
  plan.folders.push(folder.to);
  const { entries, isTruncated } = await from.place.files.list(folder.from, { limit: mostEntries, signal });
  if (isTruncated) {
    throw new FairleadError(
      "resource_exhausted",
      `${spell(from.place, folder.from)} has more than ${mostEntries} entries`,
      {
        reason: "limit_reached",
        effect: "unknown",
      },
    );
  }
  for (const { name, uri, kind } of entries) {
    if (uri === undefined || (kind !== "file" && kind !== "directory")) {
      plan.skipped.push(`${spell(from.place, folder.from)}: ${name}`);
      continue;
    }
    const pair = { from: uri, to: below(folder.to, childSegment(uri, name, from.place)) };
    if (kind === "directory") await planFolder(pair, scene);
    else plan.pairs.push(pair);
  }
}

/** So that what is copied later finds them; the outer ones first. */
async function makeFolders({ folders }: Plan, { files }: FilePlace, signal: AbortSignal): Promise<void> {
  for (const folder of folders) await files.mkdir(folder, { recursive: true, signal });
}

async function copyAll(
  { pairs }: Plan,
  { from, to, options }: { readonly from: FilePlace; readonly to: FilePlace; readonly options: CopyOptions },
): Promise<readonly CopiedFile[]> {
  const copied: CopiedFile[] = [];
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  let doneBytes = 0;
  const waiting = [...pairs.entries()];
  const copyOne = async (at: number, pair: Plan["pairs"][number]): Promise<void> => {
    const { body, file } = await from.files.read(pair.from, { signal });
    let ownBytes = 0;
    const content = countBytes(body, (bytes) => {
      doneBytes += bytes - ownBytes;
      ownBytes = bytes;
      options.onBytes(doneBytes);
    });
    const mode = from.convention === "posix" && to.convention === "posix" ? { mode: file.mode & 0o777 } : {};
    const { sizeBytes } = await to.files.write(pair.to, content, {
      signal,
      createOnly: !options.isForced,
      ...mode,
    });
    copied[at] = { from: spell(from, pair.from), to: spell(to, pair.to), sizeBytes };
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await copyOne(...next);
  };
  const workers = Array.from({ length: filesAtOnce }, async () => {
    try {
      await work();
    } catch (thrown) {
      // One failure ends the others, whose own ends say nothing.
      waiting.length = 0;
      failed.abort(thrown);
      throw thrown;
    }
  });
  const [first] = (await Promise.allSettled(workers)).filter((result) => result.status === "rejected");
  if (first === undefined) return copied;
  options.signal.throwIfAborted();
  throw withHint(failed.signal.reason);
}

function withHint(thrown: unknown): unknown {
  if (!isFairleadError(thrown) || thrown.reason !== "file_exists") return thrown;
  const { code, details, reason, effect } = thrown;
  const message = `${thrown.message.replace(/\.$/, "")}. --force replaces it`;
  return new FairleadError(code, message, { cause: thrown, reason, effect, details });
}

/** As `cp` does: what is copied there would be a part of what is copied. */
async function refuseIntoItself(
  source: FileFacts,
  { place, uri }: NamedFile,
  signal: AbortSignal,
): Promise<void> {
  const { convention, files } = place;
  // Only what is there tells where it really is.
  for (let at: string | undefined = uri; at !== undefined; at = parentOfPathUri(at)) {
    const found = await statIfThere(files, at, signal);
    if (found === undefined) continue;
    if (!isInsidePathUri(source.uri, found.uri, convention)) return;
    throw new FairleadError("usage", `${spell(place, uri)} lies in what is to be copied there`, {
      reason: "path_invalid",
      effect: "none",
    });
  }
}

/**
 * The name of an entry, as a segment. A machine says what it is read from, but never where it is written to.
 * @throws FairleadError `protocol` for an entry whose address is not that of its name
 */
function childSegment(uri: string, name: string, from: FilePlace): string {
  const segment = uri.split("/").at(-1) ?? "";
  if (isOneName(name) && decodedIfPossible(segment) === name) return segment;
  const what = `${from.executor ?? "This machine"} lists ${JSON.stringify(name)} with the address ${JSON.stringify(uri)}`;
  throw new FairleadError("protocol", `${what}, which is another name. Nothing was copied`, {
    reason: "frame_invalid",
    effect: "none",
  });
}

function isOneName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function decodedIfPossible(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function below(folder: string, segment: string): string {
  return `${folder.replace(/\/$/, "")}/${segment}`;
}

/** Still percent-encoded. */
function lastSegment(uri: string): string {
  return uri.replace(/\/+$/, "").split("/").at(-1) ?? "";
}
