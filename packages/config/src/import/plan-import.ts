import { isDeepStrictEqual } from "node:util";
import { isJsonObject, toFairleadError } from "@fairlead/core";
import { isFairleadEntry } from "../clients/fairlead-entry.js";
import { addServer } from "../edit/config-edits.js";
import type { Environment } from "../load/expand-variables.js";
import type { ServerEntry } from "../schema/server-schema.js";
import { parseToml } from "../toml/parse-toml.js";
import type { ForeignServer } from "./foreign-file.js";
import type { Ledger } from "./ledger.js";
import { proposeName, serverNameProblem } from "./propose-name.js";
import { takeOver } from "./take-over.js";

/** How servers are imported. */
export interface ImportOptions {
  /** Whether servers of ours may be replaced. @default false */
  readonly replace?: boolean | undefined;
  /** Whether the good ones are taken although others are not. @default false, so that nobody misses one unawares */
  readonly skipsInvalid?: boolean | undefined;
  /** Whether names that are taken or not possible here are changed to the proposed ones. @default false */
  readonly fixesNames?: boolean | undefined;
  /** Whether literal secrets are written into config.toml. @default false */
  readonly copiesSecrets?: boolean | undefined;
  /** New names, by their names there. */
  readonly renames?: Readonly<Record<string, string>> | undefined;
  /** The executor of all of them. Undefined: the default one. */
  readonly executor?: string | undefined;
}

/** Where the import happens. */
export interface ImportSurroundings {
  readonly env: Environment;
  readonly userHome: string;
  readonly separator: "/" | "\\";
  /** The folder that texts with `${workspaceFolder}` mean where their file does not say. */
  readonly project?: string | undefined;
  /** Longest tool name shown to agents, which bounds the names of servers. */
  readonly maxName: number;
}

/** What becomes of one server. */
export interface PlannedServer extends Pick<Ledger, "kept" | "left" | "notes" | "toSet"> {
  /** Its name here. */
  readonly name: string;
  /** Its name there. */
  readonly theirName: string;
  readonly file: string;
  readonly scope?: string;
  /** `left`: it is not for us to take; `invalid`: it cannot be taken, `problems` says why. */
  readonly status: "added" | "replaced" | "unchanged" | "left" | "invalid";
  /** As it is, or would be, written: show it only through `maskServer`. */
  readonly entry: ServerEntry;
  readonly problems: readonly { readonly key: string; readonly text: string }[];
  /** A name that it could have here, where its own is the problem. */
  readonly proposedName?: string;
}

/** What an import comes to. */
export interface ImportPlan {
  /** The new text of config.toml; the old one where something stands in the way. */
  readonly text: string;
  readonly servers: readonly PlannedServer[];
  /** Whether nothing is taken because of those that are invalid. */
  readonly isRefused: boolean;
}

/**
 * Says what importing servers comes to, and writes them into the text of a `config.toml`: its comments, its order and what
 * else is in it stay. Of servers with one name the first counts.
 * @throws FairleadError `usage`, reason `config_invalid`, if the text is not TOML or cannot be edited safely
 */
export function planImport(
  text: string,
  servers: readonly ForeignServer[],
  { options = {}, ...surroundings }: ImportSurroundings & { readonly options?: ImportOptions },
): ImportPlan {
  const config = parseToml(text, "config.toml");
  const old = tableOf(config["mcp_servers"]);
  const isElsewhere = (options.executor ?? config["default_executor"] ?? "local") !== "local";
  const planned: PlannedServer[] = [];
  const state = {
    text,
    old,
    taken: new Set(Object.keys(old)),
    seen: new Set<string>(),
    variables: new Map(),
  };
  for (const server of servers) planned.push(planOne(server, state, { options, surroundings, isElsewhere }));
  const isRefused = options.skipsInvalid !== true && planned.some(({ status }) => status === "invalid");
  return { text: isRefused ? text : state.text, servers: planned, isRefused };
}

interface PlanState {
  text: string;
  readonly old: Readonly<Record<string, unknown>>;
  readonly taken: Set<string>;
  /** Names there that had their turn. */
  readonly seen: Set<string>;
  /** What the variables stand for that servers get from Fairlead's environment, and for whom. */
  readonly variables: Map<string, { readonly meaning: string; readonly server: string }>;
}

interface PlanRules {
  readonly options: ImportOptions;
  readonly surroundings: ImportSurroundings;
  readonly isElsewhere: boolean;
}

function planOne(
  server: ForeignServer,
  state: PlanState,
  { options, surroundings, isElsewhere }: PlanRules,
): PlannedServer {
  const { name: theirName, file, scope } = server;
  const { copiesSecrets = false, executor } = options;
  const ledger = takeOver(server, { ...surroundings, copiesSecrets, executor, isElsewhere });
  const base = {
    name: theirName,
    theirName,
    file,
    ...(scope === undefined ? {} : { scope }),
    entry: ledger.entry as unknown as ServerEntry,
    kept: ledger.kept,
    left: ledger.left,
    notes: ledger.notes,
    toSet: ledger.toSet,
    problems: ledger.problems,
  };
  const isSeen = state.seen.has(theirName);
  state.seen.add(theirName);
  if (isFairleadEntry(server.raw)) return leave(base, "is Fairlead itself");
  if (isSeen) return leave(base, "another server of this name came first");
  const problems = [...ledger.problems, ...sharedVariables(ledger, state)];
  if (problems.length > 0) return { ...base, problems, status: "invalid" };

  const chosen = chooseName(theirName, base.entry, { state, options, maxName: surroundings.maxName });
  if ("problem" in chosen) {
    const wrongName = [{ key: "name", text: chosen.problem }];
    return { ...base, status: "invalid", problems: wrongName, proposedName: chosen.proposal };
  }
  const { name, status } = chosen;
  for (const [variable, meaning] of ledger.variables) {
    if (!state.variables.has(variable)) state.variables.set(variable, { meaning, server: theirName });
  }
  if (status === "unchanged") return { ...base, name, status };
  try {
    state.text = addServer(state.text, name, base.entry, { replace: status === "replaced" });
  } catch (thrown) {
    // One bad server must not hide what the others come to.
    return {
      ...base,
      name,
      status: "invalid",
      problems: [{ key: "", text: problemText(thrown, name) }],
    };
  }
  state.taken.add(name);
  return { ...base, name, status };
}

/** One variable cannot hold two values; and a server must not get the secret of another one. */
function sharedVariables({ variables }: Ledger, state: PlanState): { key: string; text: string }[] {
  return [...variables].flatMap(([name, meaning]) => {
    const known = state.variables.get(name);
    if (known === undefined || known.meaning === meaning) return [];
    const text = `needs another value of ${name} than ${known.server}, and Fairlead's environment has but one; --copy-secrets writes them into config.toml`;
    return [{ key: "env", text }];
  });
}

type ChosenName =
  | { readonly name: string; readonly status: "added" | "replaced" | "unchanged" }
  | { readonly problem: string; readonly proposal: string };

function chooseName(
  theirName: string,
  entry: ServerEntry,
  { state, options, maxName }: { state: PlanState; options: ImportOptions; maxName: number },
): ChosenName {
  const renames = options.renames ?? {};
  const name = Object.hasOwn(renames, theirName) ? (renames[theirName] ?? theirName) : theirName;
  const why = serverNameProblem(name, maxName);
  const isTaken = state.taken.has(name);
  if (why === undefined && !isTaken) return { name, status: "added" };
  const isOurs = why === undefined && Object.hasOwn(state.old, name);
  if (isOurs && isSame(state.old[name], entry)) return { name, status: "unchanged" };
  if (isOurs && options.replace === true) return { name, status: "replaced" };
  const proposal = proposeName(name, { maxName, taken: state.taken });
  if (options.fixesNames === true) {
    // What an earlier import has put under a proposed name is not put under the next one.
    const known = Object.keys(state.old).find((other) => isSame(state.old[other], entry));
    return known === undefined ? { name: proposal, status: "added" } : { name: known, status: "unchanged" };
  }
  const problem =
    why ??
    "there is a server of this name already, and it is not the same; --force replaces it, another name keeps both";
  return { problem, proposal };
}

/** What the check of the new entry found, without what is known here: that it is about this server. */
function problemText(thrown: unknown, name: string): string {
  const { message } = toFairleadError(thrown);
  return message
    .replace(/^The configuration (?:is invalid|has \d+ problems): ?/, "")
    .replaceAll(/^ *new server: /gm, "")
    .replaceAll(`mcp_servers.${name}.`, "")
    .replaceAll(`mcp_servers.${name}: `, "")
    .trim()
    .replaceAll("\n", "; ");
}

function leave(base: Omit<PlannedServer, "status">, reason: string): PlannedServer {
  return {
    ...base,
    status: "left",
    left: [{ key: "", reason }],
    kept: [],
    notes: [],
    toSet: [],
    problems: [],
  };
}

function isSame(known: unknown, entry: ServerEntry): boolean {
  return isDeepStrictEqual(plain(known), plain(entry));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}
