import { homedir } from "node:os";
import { resolve, sep } from "node:path";
import {
  configFilePath,
  didYouMean,
  diffLines,
  editConfigFile,
  type FairleadConfig,
  type ImportPlan,
  maskConfigText,
  planImport,
} from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { readIfThere } from "../clients/read-if-there.js";
import { type ImportSource, readImportSource } from "../clients/read-import-source.js";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { importJson, problemLines, tellImport, tellProblems } from "./import-report.js";
import { describeInvalid, loadSettings } from "./settings.js";

/** The flags of `fairlead import`. */
export interface ImportFlags extends CommonFlags {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly skipInvalid?: boolean;
  readonly rename?: Readonly<Record<string, string>>;
  readonly fixNames?: boolean;
  readonly executor?: string;
  readonly copySecrets?: boolean;
  readonly project?: string;
}

/** `fairlead import`: writes the servers of another client's configuration into config.toml. */
export async function importCommand(typed: string, flags: ImportFlags, terminal: Terminal): Promise<void> {
  // A server that cannot be used is no reason to do without those that come.
  const { home, config, invalid } = await loadSettings(flags, terminal, { lenient: "entries" });
  if (invalid !== undefined && config.leftOut?.has(`executors.${flags.executor}`) === true) throw invalid;
  if (invalid !== undefined) terminal.warn(describeInvalid(invalid, config), flags.json === true);
  checkExecutor(flags.executor, config);
  const source = await readImportSource(typed, flags.project);
  checkRenames(flags.rename ?? {}, source);
  const file = configFilePath(home);
  const before = (await readIfThere(file)) ?? "";
  const wanted = plan(before);
  if (flags.dryRun !== true && wanted.text !== before) {
    const isPrivate = flags.copySecrets;
    const { madePrivate } = await editConfigFile(home, (text) => plan(text).text, { isPrivate });
    if (madePrivate === true) {
      terminal.warn(`${file} may hold secrets now, so others can no longer read it`, flags.json === true);
    }
  }
  const side = (text: string): { text: string; shown: string } => ({
    text,
    shown: maskConfigText(text, file),
  });
  const diff = diffLines(side(before), side(wanted.text));
  const outcome = { plan: wanted, source, file, diff, isDryRun: flags.dryRun === true };
  if (flags.json === true) terminal.printJson(importJson(outcome));
  else tellImport(outcome, terminal);

  function plan(text: string): ImportPlan {
    const planned = planImport(text, source.servers, {
      env: process.env,
      userHome: homedir(),
      separator: sep,
      project: flags.project === undefined ? undefined : resolve(flags.project),
      maxName: config.maxName,
      options: {
        replace: flags.force,
        skipsInvalid: flags.skipInvalid,
        fixesNames: flags.fixNames,
        copiesSecrets: flags.copySecrets,
        renames: flags.rename,
        executor: flags.executor,
      },
    });
    if (!planned.isRefused) return planned;
    if (flags.json !== true) tellProblems(planned, terminal);
    throw refusal(planned, typed);
  }
}

function checkExecutor(name: string | undefined, { executors }: FairleadConfig): void {
  const known = ["local", ...executors.keys()];
  if (name === undefined || known.includes(name)) return;
  const text = `There is no executor ${JSON.stringify(name)}; known are ${known.join(", ")}.${didYouMean(name, known)}`;
  throw new FairleadError("not_found", text, {
    reason: "executor_unknown",
    effect: "none",
    details: { executor: name },
  });
}

function checkRenames(renames: Readonly<Record<string, string>>, { servers }: ImportSource): void {
  const known = servers.map(({ name }) => name);
  const stray = Object.keys(renames).find((name) => !known.includes(name));
  if (stray === undefined) return;
  throw new FairleadError(
    "usage",
    `--rename names ${JSON.stringify(stray)}, which is not there; there are ${known.join(", ")}.${didYouMean(stray, known)}`,
    { reason: "argument_invalid", effect: "none" },
  );
}

/** What stands in the way, in one sentence; the details were told, and are in the JSON of the error too. */
function refusal(plan: ImportPlan, typed: string): FairleadError {
  const invalid = plan.servers.filter(({ status }) => status === "invalid");
  const [first] = invalid;
  const [problem] = first?.problems ?? [];
  const proposal =
    first?.proposedName === undefined
      ? ""
      : ` ${JSON.stringify(first.proposedName)} would be possible: --rename ${shellWord(`${first.theirName}=${first.proposedName}`)}, or --fix-names for all.`;
  const more = invalid.length > 1 ? ` ${invalid.length - 1} more cannot be taken over either.` : "";
  const why = [problem?.key, problem?.text].filter(Boolean).join(" ");
  const message = `${first?.theirName ?? typed} cannot be taken over: ${why}.${proposal}${more} Nothing was written; --skip-invalid takes the others.`;
  return new FairleadError(
    "usage",
    // Names and keys are theirs, and must not look like lines of ours.
    plainCell(message),
    {
      reason: "config_invalid",
      effect: "none",
      details: {
        source: typed,
        servers: invalid.map(({ theirName }) => theirName).join(", "),
        problems: invalid.flatMap(problemLines).join("\n"),
      },
    },
  );
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replaceAll(/(["\\$`])/g, "\\$1")}"`;
}
