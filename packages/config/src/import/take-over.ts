import { conventionOfSpelling, isJsonObject } from "@fairlead/core";
import { fromCodexServer } from "./codex-server.js";
import type { ForeignServer } from "./foreign-file.js";
import { fromJsonServer } from "./json-server.js";
import { createLedger, type KeyNote, type Ledger } from "./ledger.js";
import type { ReferenceSource } from "./references.js";

/** What a server is taken over with. */
export interface TakeOverRules extends ReferenceSource {
  /** Whether literal secrets may be written into config.toml. */
  readonly copiesSecrets: boolean;
  /** The executor it goes to. Undefined: the default one. */
  readonly executor?: string | undefined;
  /** Whether that is another machine, which knows nothing of the folders of this one. */
  readonly isElsewhere: boolean;
}

/** Makes a table of ours of a server of another program, by the rules of that program. */
export function takeOver(server: ForeignServer, { executor, isElsewhere, ...source }: TakeOverRules): Ledger {
  const { raw, dialect } = server;
  if (!isJsonObject(raw)) {
    const ledger = createLedger();
    ledger.refuse("", "expected an object");
    return ledger.close();
  }
  const rules = {
    ...source,
    project: server.project ?? source.project,
    references: referencesOf[dialect],
    ownVariables: new Set(isJsonObject(raw["env"]) ? Object.keys(raw["env"]) : []),
    server: server.name,
    isElsewhere,
  };
  const ledger =
    dialect === "codex"
      ? fromCodexServer(raw, rules)
      : fromJsonServer(raw, { ...rules, timeoutUnit: dialect === "zed" ? "s" : "ms" });
  const switched = server.isDisabled ? { enabled: false } : {};
  const placed = executor === undefined ? {} : { executor };
  const home = isElsewhere ? {} : homeOf(server, ledger, source.project);
  const { cwd, notes = [], problems = [] } = home;
  return {
    ...ledger,
    entry: { ...ledger.entry, ...(cwd === undefined ? {} : { cwd }), ...switched, ...placed },
    notes: [...ledger.notes, ...notes],
    problems: [...ledger.problems, ...problems],
  };
}

interface Home {
  readonly cwd?: string;
  readonly notes?: readonly KeyNote[];
  readonly problems?: readonly KeyNote[];
}

/**
 * The folder that a program is started in. Without one, ours are started where somebody happens to stand, which may be in the
 * files of a stranger: so one of a project stays there, and one that is looked for from where it starts needs to be told.
 */
function homeOf({ project }: ForeignServer, { entry }: Ledger, named: string | undefined): Home {
  const { command, args, cwd } = entry;
  if (typeof command !== "string" || cwd !== undefined) return {};
  const isRelative = /[\\/]/.test(command) && conventionOfSpelling(command) === undefined;
  const folder = project ?? (isRelative ? named : undefined);
  if (folder !== undefined)
    return { cwd: folder, notes: [{ key: "cwd", text: `set to ${folder}, the folder that it belongs to` }] };
  if (isRelative) return { problems: [{ key: "command", text: relativeText }] };
  const strays = (Array.isArray(args) ? args : []).flatMap((arg, index) =>
    typeof arg === "string" && /^\.{1,2}(?:[\\/]|$)/.test(arg)
      ? [
          {
            key: `args[${index}]`,
            text: "is counted from the folder that Fairlead is started in; set cwd to say which it is",
          },
        ]
      : [],
  );
  return { notes: strays };
}

const relativeText =
  "is counted from the folder that the client is started in: say which that is, with --project FOLDER";

/** Whether a program knows references in its texts, and `$VAR` among them. */
const referencesOf = { codex: "none", gemini: "bare", json: "braced", zed: "braced" } as const;
