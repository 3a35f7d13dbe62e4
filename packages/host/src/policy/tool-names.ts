import { exposedName, type ListedItem } from "@fairlead/mcp";
import type { ServerDefinition } from "../orchestrator/server-definition.js";

/** One tool that agents may see, and under which name. */
export interface NamedTool {
  readonly item: ListedItem;
  /** The name that the server itself uses. */
  readonly rawName: string;
  readonly exposed: string;
}

/** The tools of one server under the names that agents see. */
export interface ToolNames {
  /** In the server's order; those without a name, and those that configuration switches off, are left out. */
  readonly tools: readonly NamedTool[];
  /** The same by exposed name; of a tool that is listed twice, the first. */
  readonly byExposed: ReadonlyMap<string, NamedTool>;
  /** What is wrong with the list or with the configured names, in words for whoever configures. */
  readonly problems: readonly string[];
}

/** What decides over names. */
export interface NamingRules {
  readonly definition: Pick<ServerDefinition, "name" | "tools">;
  readonly allowsTool: (rawName: string) => boolean;
  readonly maxNameBytes: number;
}

type Definition = NamingRules["definition"];

interface Named {
  readonly maxNameBytes: number;
  readonly names: ToolNames;
}

/** By list, then by definition: agents that use one copy together may each have a definition of their own. */
const remembered = new WeakMap<readonly ListedItem[], WeakMap<Definition, Named>>();
/** What was told of the last list that was named for a definition. */
const told = new WeakMap<Definition, ReadonlySet<string>>();

/** As {@link nameTools}, but done once for each list and definition; it is then that problems are told which are new. */
export function namesOfList(
  items: readonly ListedItem[],
  rules: NamingRules & { readonly warn: (text: string) => void },
): ToolNames {
  const { definition, maxNameBytes } = rules;
  const ofList = remembered.get(items) ?? new WeakMap<Definition, Named>();
  remembered.set(items, ofList);
  const known = ofList.get(definition);
  if (known?.maxNameBytes === maxNameBytes) return known.names;
  const names = nameTools(items, rules);
  ofList.set(definition, { maxNameBytes, names });
  const before = told.get(definition);
  told.set(definition, new Set(names.problems));
  for (const problem of names.problems) if (before?.has(problem) !== true) rules.warn(problem);
  return names;
}

/**
 * Names the tools of one server. A rename that another tool's name, or another rename, has taken already is not used, so
 * that it never changes what anything else is called.
 */
export function nameTools(items: readonly ListedItem[], rules: NamingRules): ToolNames {
  const problems: string[] = [];
  const allowed: { item: ListedItem; rawName: string }[] = [];
  for (const item of items) {
    if (item.name === undefined) problems.push("A tool without a name was left out");
    else if (rules.allowsTool(item.name)) allowed.push({ item, rawName: item.name });
  }
  const nameOf = (name: string): string => exposedName(rules.definition.name, name, rules.maxNameBytes);
  const ownNames = new Map(allowed.map(({ rawName }) => [rawName, nameOf(rawName)]));
  const renames = acceptRenames(configuredRenames(rules.definition, nameOf), ownNames, problems);
  const tools = allowed.map(({ item, rawName }) => ({
    item,
    rawName,
    exposed: renames.get(rawName) ?? ownNames.get(rawName) ?? nameOf(rawName),
  }));
  const byExposed = new Map(tools.toReversed().map((tool) => [tool.exposed, tool]));
  return { tools, byExposed, problems };
}

function configuredRenames(
  { tools = {} }: NamingRules["definition"],
  nameOf: (name: string) => string,
): Map<string, string> {
  const renames = new Map<string, string>();
  for (const [rawName, { rename }] of Object.entries(tools)) {
    if (rename !== undefined) renames.set(rawName, nameOf(rename));
  }
  return renames;
}

function acceptRenames(
  wished: ReadonlyMap<string, string>,
  ownNames: ReadonlyMap<string, string>,
  problems: string[],
): ReadonlyMap<string, string> {
  const accepted = new Map(wished);
  const lose = (rawName: string, exposed: string, taker: string): void => {
    accepted.delete(rawName);
    problems.push(
      `Tool ${JSON.stringify(rawName)} is not renamed to ${exposed}, which is ${taker}: choose another name in its tools.${JSON.stringify(rawName)}.rename`,
    );
  };
  for (const [rawName, exposed] of wished) {
    const twin = [...wished].find(([other, name]) => name === exposed && other !== rawName);
    if (twin !== undefined) lose(rawName, exposed, `also the new name of ${JSON.stringify(twin[0])}`);
  }
  // A tool that loses its rename is called as before, which another rename may have counted on.
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const [rawName, exposed] of accepted) {
      const owner = [...ownNames].find(
        ([other, name]) => name === exposed && other !== rawName && !accepted.has(other),
      );
      if (owner === undefined) continue;
      lose(rawName, exposed, `the name of its tool ${JSON.stringify(owner[0])}`);
      isSettled = false;
    }
  }
  return accepted;
}
