import { open, readdir, stat, writeFile } from "node:fs/promises";
import { arch, platform, release } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { FairleadError } from "@fairlead/core";
import type { Settings } from "../../commands/settings.js";
import { version } from "../../version.js";
import type { CheckResult } from "../check.js";
import { type Redactor, redactValue } from "../redact/redactor.js";
import { maskedConfig } from "./masked-config.js";
import { type TarEntry, tar } from "./tar.js";

/** What a support archive is made of. */
export interface BundleContent {
  /** Undefined where the configuration could not be read. */
  readonly settings: Settings | undefined;
  readonly results: readonly CheckResult[];
  readonly redactor: Redactor;
}

/** The end of a log tells most, and an archive has to fit into a mail. */
const logTailBytes = 256 * 1024;
const maxLogs = 20;

/** Members of results by which programs find their way, and that are no texts of others. */
const ownWords = new Set(["id", "status", "machine", "executor", "server", "code", "reason", "durationMs"]);

/**
 * Writes an archive that can be given to whoever helps: versions, the configuration without secrets, what was found, and the
 * ends of logs. Every text in it went through the redactor.
 * @throws FairleadError `already_exists` for a file that is there; `usage` for a place that cannot be written
 */
export async function writeSupportBundle(file: string, content: BundleContent): Promise<void> {
  const { settings, results, redactor } = content;
  const strictly = redactor.redactStrictly;
  const entries: TarEntry[] = [
    json("versions.json", {
      fairlead: version,
      node: process.version,
      platform: platform(),
      release: release(),
      arch: arch(),
    }),
    json("doctor.json", { checks: redactValue(results, strictly, ownWords) }),
  ];
  if (settings !== undefined) {
    entries.push(json("config.json", redactValue(maskedConfig(settings.config), strictly)));
    for (const log of await findLogs(settings.home)) {
      entries.push({ name: `logs/${basename(log).slice(-80)}`, content: strictly(await readTail(log)) });
    }
  }
  const named = entries.map((entry) => ({ ...entry, name: `fairlead-support/${entry.name}` }));
  const archive = await promisify(gzip)(tar(named, Date.now()));
  await writeFile(file, archive, { flag: "wx", mode: 0o600 }).catch((cause: unknown) => {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    const what = isThere
      ? "is there already: name another file"
      : "cannot be written: name a file in a folder of yours";
    throw new FairleadError(isThere ? "already_exists" : "usage", `${file} ${what}`, {
      cause,
      reason: isThere ? "file_exists" : "argument_invalid",
      effect: "none",
      details: { file },
    });
  });
}

function json(name: string, value: unknown): TarEntry {
  return { name, content: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** The latest ones first. */
async function findLogs(home: string): Promise<readonly string[]> {
  const folders = [join(home, "state"), join(home, "log")];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names
        .filter((name) => /\.(?:log|jsonl)(?:\.\d+)?$/.test(name))
        .map((name) => join(folder, name));
    }),
  );
  const dated = await Promise.all(
    found.flat().map(async (path) => ({ path, stats: await stat(path).catch(() => undefined) })),
  );
  return dated
    .filter(({ stats }) => stats?.isFile() === true)
    .toSorted((one, other) => (other.stats?.mtimeMs ?? 0) - (one.stats?.mtimeMs ?? 0))
    .slice(0, maxLogs)
    .map(({ path }) => path);
}

async function readTail(path: string): Promise<string> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - logTailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.subarray(0, bytesRead).toString("utf8");
    // What begins in the middle of a line may begin in the middle of a secret, too.
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    await handle.close();
  }
}
