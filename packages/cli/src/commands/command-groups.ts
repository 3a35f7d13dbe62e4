import type { Command } from "commander";

/**
 * The commands of `fairlead --help`, in the order in which they are shown. One that is not named here is shown last, under
 * "More".
 */
const groups: Readonly<Record<string, readonly string[]>> = {
  "Servers:": ["add", "list", "get", "remove", "enable", "disable", "import"],
  "Trying them:": ["test", "tools", "call", "resources", "prompts"],
  "Logins:": ["login", "logout", "auth"],
  "For agents:": ["serve", "client"],
  "Machines:": ["executor", "run", "cp", "search"],
  "What is going on:": ["doctor", "ps", "top", "logs"],
  "Setting up:": ["config", "trust", "untrust", "completion"],
};

const rest = "More:";
/** Where commander puts the command `help`. */
const ungrouped = "Commands:";

/** Groups the commands of the help, so that somebody who is new finds them by what they want to do. */
export function groupCommands(program: Command): void {
  const order = new Map(
    Object.values(groups).flatMap((names) => names.map((name, at) => [name, at] as const)),
  );
  const headings = [...Object.keys(groups), rest];
  for (const command of program.commands) command.helpGroup(groupOf(command.name()));
  program.configureHelp({
    subcommandTerm: (command) => command.name(),
    groupItems: (_all, visible, headingOf) =>
      new Map(
        [...new Set([...headings, ...visible.map(headingOf)])]
          .filter((heading) => heading !== ungrouped)
          .map((heading) => [heading, visible.filter((item) => isUnder(headingOf(item), heading))] as const)
          .filter(([, items]) => items.length > 0)
          .map(([heading, items]) => [heading, items.toSorted(byOrder(order))]),
      ),
  });
}

function isUnder(own: string, heading: string): boolean {
  return own === heading || (own === ungrouped && heading === rest);
}

/** The heading that a command stands under. */
export function groupOf(name: string): string {
  return Object.entries(groups).find(([, names]) => names.includes(name))?.[0] ?? rest;
}

/** Options, which have no place in the order, stay as they are. */
function byOrder(order: ReadonlyMap<string, number>): (one: unknown, other: unknown) => number {
  const place = (item: unknown): number => (isNamed(item) ? (order.get(item.name()) ?? Infinity) : 0);
  return (one, other) => {
    const [first, second] = [place(one), place(other)];
    return first === second ? 0 : first - second;
  };
}

function isNamed(item: unknown): item is Command {
  return typeof item === "object" && item !== null && "commands" in item;
}
