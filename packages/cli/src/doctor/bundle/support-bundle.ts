import { arch, platform, release } from "node:os";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FairleadConfig } from "@fairlead/config";
import { version } from "../../version.js";
import type { CheckResult } from "../check.js";
import { type Redactor, redactValue } from "../redact/redactor.js";
import { readLogEnds } from "./log-ends.js";
import { maskedConfig } from "./masked-config.js";
import { type TarEntry, tar } from "./tar.js";

/** What a support archive is made of. */
export interface BundleContent {
  /** Undefined where there is none. */
  readonly home: string | undefined;
  /** Undefined where it could not be read. */
  readonly config: FairleadConfig | undefined;
  readonly results: readonly CheckResult[];
  readonly redactor: Redactor;
}

/** Members of results by which programs find their way, and that are no texts of others. */
const ownWords = new Set(["id", "status", "machine", "executor", "server", "code", "reason", "durationMs"]);

/**
 * Makes an archive that can be given to whoever helps: versions, the configuration without secrets, what was found, and the
 * ends of logs. Every text in it went through the redactor.
 */
export async function makeSupportBundle(content: BundleContent): Promise<Buffer> {
  const { home, config, results, redactor } = content;
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
  if (config !== undefined) entries.push(json("config.json", redactValue(maskedConfig(config), strictly)));
  // Where the configuration is broken, the logs are all the more wanted.
  const logs = home === undefined ? [] : await readLogEnds(home);
  for (const { name, content } of logs) entries.push({ name, content: strictly(content) });
  const named = entries.map((entry) => ({ ...entry, name: `fairlead-support/${entry.name}` }));
  return promisify(gzip)(tar(named, Date.now()));
}

function json(name: string, value: unknown): TarEntry {
  return { name, content: `${JSON.stringify(value, undefined, 2)}\n` };
}
