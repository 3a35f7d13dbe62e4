import type { Argument, Option } from "commander";
import type { Candidate, TypedLine } from "./complete-words.js";
import type { KnownNames, KnownServer } from "./known-names.js";

/** What an argument or the value of an option is one of. */
export type NameKind =
  | { readonly of: "none" | "files" | "folders" }
  | {
      readonly of: "names";
      readonly list: (names: KnownNames, current: string) => readonly Candidate[];
      /** What else may stand there. */
      readonly also?: "files" | undefined;
      readonly isOpen?: boolean | undefined;
    };

const none: NameKind = { of: "none" };

/**
 * What an argument is, told by its name: `server`, `executor`, `tool`, `file`, `folder`; `name` is that of a server, and
 * below `executor` that of an executor. So a new command is completed as soon as its arguments are named like others'.
 */
export function namesOfArgument(argument: Argument, { command, typed }: TypedLine): NameKind {
  const name = argument.name();
  const parent = command.parent?.name();
  if (name === "server") return servers(() => true);
  if (name === "executor") return executors;
  if (name === "tool") return toolsOf(typed[0] ?? "");
  if (name === "source" || name === "target") return places;
  if (name === "folder" || name === "dir") return { of: "folders" };
  if (name === "file" || name === "path") return { of: "files" };
  if (name !== "name" || command.name() === "add") return none;
  if (parent === "executor") return { ...executors, list: (names, text) => executors.list(names, text).slice(1) };
  return servers(serverRules[command.name()] ?? isConfigured);
}

/** What the value of an option is, told by the option's name. */
export function namesOfOption({ long = "" }: Option): NameKind {
  if (long === "--executor") return executors;
  if (long === "--server") return servers(({ isEnabled }) => isEnabled);
  if (long === "--enable" || long === "--disable") {
    return { of: "names", list: ({ features }) => features.map((value) => ({ value, description: "" })) };
  }
  if (/^--(?:cwd|[a-z-]*dir)$/.test(long)) return { of: "folders" };
  return /^--(?:mcp-config|tls-[a-z]+|[a-z-]*file|[a-z-]*path)$/.test(long) ? { of: "files" } : none;
}

/** Which servers a command is for, where it is not for every configured one. */
const serverRules: Readonly<Record<string, (server: KnownServer) => boolean>> = {
  enable: (server) => isConfigured(server) && !server.isEnabled,
  disable: (server) => isConfigured(server) && server.isEnabled,
  login: ({ kind }) => kind === "http" || kind === "connector",
  logout: ({ kind }) => kind === "http" || kind === "connector",
};

function isConfigured({ kind }: KnownServer): boolean {
  return kind === "stdio" || kind === "http";
}

function servers(fits: (server: KnownServer) => boolean): NameKind {
  return {
    of: "names",
    list: (names) =>
      names.servers
        .filter(fits)
        .map(({ name, kind, executor }) => ({ value: name, description: `${kind}, ${executor}` })),
  };
}

const executors = {
  of: "names",
  list: (names: KnownNames, _current: string) =>
    names.executors.map((value) => ({ value, description: value === "local" ? "this machine" : "executor" })),
} as const satisfies NameKind;

/** `NAME:PATH` or a path of this machine. */
const places: NameKind = {
  of: "names",
  list: (names) =>
    names.executors.slice(1).map((name) => ({ value: `${name}:`, description: "executor" })),
  also: "files",
  isOpen: true,
};

function toolsOf(server: string): NameKind {
  return {
    of: "names",
    list: (names, current) => {
      const { tools = [] } = names.servers.find(({ name }) => name === server) ?? {};
      const prefix = current.startsWith(`${server}__`) ? `${server}__` : "";
      return tools.map((tool) => ({ value: `${prefix}${tool}`, description: "" }));
    },
  };
}
