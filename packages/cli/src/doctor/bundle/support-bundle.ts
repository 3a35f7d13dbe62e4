import { writeFile } from "node:fs/promises";
import { arch, platform, release } from "node:os";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { FairleadError } from "@fairlead/core";
import type { Settings } from "../../commands/settings.js";
import { version } from "../../version.js";
import type { CheckResult } from "../check.js";
import { type Redactor, redactValue } from "../redact/redactor.js";
import { readLogEnds } from "./log-ends.js";
import { maskedConfig } from "./masked-config.js";
import { type TarEntry, tar } from "./tar.js";

/** What a support archive is made of. */
export interface BundleContent {
  /** Undefined where the configuration could not be read. */
  readonly settings: Settings | undefined;
  readonly results: readonly CheckResult[];
  readonly redactor: Redactor;
}

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
    for (const { name, content } of await readLogEnds(settings.home)) {
      entries.push({ name, content: strictly(content) });
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
