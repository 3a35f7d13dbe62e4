import { fromCodexServer } from "./codex-server.js";
import type { ForeignServer } from "./foreign-file.js";
import { fromJsonServer } from "./json-server.js";
import { createLedger, type Ledger } from "./ledger.js";
import type { ReferenceSource } from "./references.js";
import { isRecord } from "./shapes.js";

/** What a server is taken over with. */
export interface TakeOverRules extends ReferenceSource {
  /** Whether literal secrets may be written into config.toml. */
  readonly copiesSecrets: boolean;
  /** The executor it goes to. Undefined: the default one. */
  readonly executor?: string | undefined;
}

/** Makes a table of ours of a server of another program, by the rules of that program. */
export function takeOver(server: ForeignServer, { executor, ...source }: TakeOverRules): Ledger {
  const { raw, dialect } = server;
  if (!isRecord(raw)) {
    const ledger = createLedger();
    ledger.refuse("", "expected an object");
    return ledger.close();
  }
  const rules = {
    ...source,
    project: server.project ?? source.project,
    references: referencesOf[dialect],
    ownVariables: new Set(isRecord(raw["env"]) ? Object.keys(raw["env"]) : []),
    server: server.name,
  };
  const ledger =
    dialect === "codex"
      ? fromCodexServer(raw, rules)
      : fromJsonServer(raw, { ...rules, timeoutUnit: dialect === "zed" ? "s" : "ms" });
  const switched = server.isDisabled ? { enabled: false } : {};
  const placed = executor === undefined ? {} : { executor };
  return { ...ledger, entry: { ...ledger.entry, ...switched, ...placed } };
}

/** Whether a program knows references in its texts, and `$VAR` among them. */
const referencesOf = { codex: "none", gemini: "bare", json: "braced", zed: "braced" } as const;
