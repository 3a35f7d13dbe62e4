import type { Argument, Option } from "commander";
import { clientWords } from "../clients/client-words.js";
import type { Candidate, TypedLine } from "./complete-words.js";
import type { KnownNames, KnownServer } from "./known-names.js";

/** What an argument or the value of an option is one of. */
export type NameKind =
  | { readonly of: "none" | "files" | "folders" }
  | { readonly of: "words"; readonly words: readonly string[]; readonly also?: "files" | undefined }
  | {
      readonly of: "names";
      readonly list: (names: KnownNames, current: string) => readonly Candidate[];
      /** What else may stand there. */
      readonly also?: "files" | undefined;
      readonly isOpen?: boolean | undefined;
    };

const none: NameKind = { of: "none" };

/**
 * What an argument is, told by its name: `server`, `executor`, `tool`, `feature`, `client`, `file`, `folder`; `name` is that of
 * a server, and below `executor` that of an executor. So a new command is completed as soon as its arguments are named like
 * others'.
 */
export function namesOfArgument(argument: Argument, { command, typed }: TypedLine): NameKind {
  const name = argument.name();
  if (name === "tool") return toolsOf(typed[0] ?? "");
  if (command.name() === "cp" && (name === "source" || name === "target")) return places;
  if (name !== "name") return kindOfWord(name);
  if (command.name() === "add") return none;
  if (command.parent?.name() === "executor") {
    return { ...executors, list: (names, text) => executors.list(names, text).slice(1) };
  }
  return servers(serverRules[command.name()] ?? isConfigured);
}

/** What the value of an option is, told by what stands for it in the help, as in `--cwd <folder>`. */
export function namesOfOption({ long = "", flags }: Option): NameKind {
  if (long === "--executor") return executors;
  if (long === "--profile") return profiles;
  if (long === "--server") return servers(({ isEnabled }) => isEnabled);
  return kindOfWord(/[<[]([^>\].]+)/.exec(flags)?.[1] ?? "");
}

function kindOfWord(word: string): NameKind {
  if (word === "server") return servers(() => true);
  if (word === "executor") return executors;
  if (word === "feature") return features;
  if (word === "client") return { of: "words", words: clientWords };
  if (word === "source") return { of: "words", words: clientWords, also: "files" };
  if (word === "folder" || word === "dir") return { of: "folders" };
  return word === "file" || word === "path" ? { of: "files" } : none;
}

/** Which servers a command is for, where it is not for every configured one. */
const serverRules: Readonly<Record<string, (server: KnownServer) => boolean>> = {
  enable: (server) => isConfigured(server) && server.isOwn && !server.isEnabled,
  disable: (server) => isConfigured(server) && server.isOwn && server.isEnabled,
  remove: (server) => isConfigured(server) && server.isOwn,
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

const features: NameKind = {
  of: "names",
  list: (names) => names.features.map((value) => ({ value, description: "" })),
};

const profiles: NameKind = {
  of: "names",
  list: (names) => names.profiles.map((value) => ({ value, description: "" })),
};

/** `NAME:PATH` or a path of this machine. */
const places: NameKind = {
  of: "names",
  list: (names) => names.executors.slice(1).map((name) => ({ value: `${name}:`, description: "executor" })),
  also: "files",
  isOpen: true,
};

function toolsOf(server: string): NameKind {
  return {
    of: "names",
    list: (names, current) => {
      const { tools = [] } = names.servers.find(({ name }) => name === server) ?? {};
      const prefix = current.startsWith(`${server}__`) ? `${server}__` : "";
      return tools.map((tool) => {
        const isWhole = tool.startsWith(`${server}__`);
        return { value: isWhole ? tool : `${prefix}${tool}`, description: "" };
      });
    },
  };
}
