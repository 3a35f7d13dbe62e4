import type { PathConvention } from "@fairlead/core";
import type { ChaosProxy, CommandResult, RawClient } from "@fairlead/testkit";

/** Where servers run, and where the host does. */
export const columnNames = [
  "local",
  "Linux executor",
  "Windows executor",
  "Linux executor from a Windows host",
  "local on Windows",
] as const;

/** One of {@link columnNames}. */
export type ColumnName = (typeof columnNames)[number];

/** How the machine where the servers of a column run spells its paths. */
export const serversOf: Readonly<Record<ColumnName, PathConvention>> = {
  local: "posix",
  "Linux executor": "posix",
  "Windows executor": "windows",
  "Linux executor from a Windows host": "posix",
  "local on Windows": "windows",
};

/** A stdio server of config.toml. */
export interface ServerTable {
  readonly command: string;
  readonly args?: readonly string[];
  readonly [key: string]: unknown;
}

/** A folder or file of the machine where servers run. */
export interface Place {
  /** As that machine spells it. */
  readonly spelled: string;
  /** Where this test sees it. */
  readonly seen: string;
}

/** A folder that is there for a while, or why it is not. */
export type ProvidedFolder = (Place & AsyncDisposable) | { readonly missing: string };

/** Tables of config.toml, by name. */
export type Tables = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a configuration has beside its servers. */
export interface MoreSettings {
  /** Further entries of the executor; not for the local one. */
  readonly executor?: Readonly<Record<string, unknown>>;
  /** Further tables, by their headings. */
  readonly tables?: Tables;
}

/** A host and the machine where its servers run. */
export interface Column {
  readonly name: ColumnName;
  /** How the machine where servers run spells its paths. */
  readonly convention: PathConvention;
  /** How the host spells its own. */
  readonly hostConvention: PathConvention;
  /** As the configuration calls it. */
  readonly executor: string;
  /** Between host and executor; undefined where both are one machine. */
  readonly line: ChaosProxy | undefined;
  /** What the executor wants; empty where both are one machine. */
  readonly token: string;
  /** What the host's environment needs for the configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces the servers of the configuration; each gets the executor. An entry with a `url` is an HTTP server. */
  configure(servers: Tables, more?: MoreSettings): Promise<void>;
  /** Runs `fairlead` on the host. */
  fairlead(
    args: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>> },
  ): Promise<CommandResult>;
  /** Starts `fairlead serve` on the host; the caller disposes it. @param env further variables of the host */
  serve(env?: Readonly<Record<string, string>>): Promise<RawClient>;
  /** Makes a folder among those of a user. */
  userFolder(name: string): Promise<Place>;
  /** Makes this very folder where it is missing; disposing it removes what was made. */
  provideFolder(spelled: string): Promise<ProvidedFolder>;
  /** Makes a folder that the executor opens to clients. */
  openFolder(name: string): Promise<Place>;
  /** A file of this host, as it spells it, with this content. */
  hostFile(name: string, content: string): Promise<string>;
  /** The command line of one of our own scripts there. @param script a Linux path in the checkout */
  node(script: string, ...args: readonly string[]): ServerTable;
  /** A script in a package that is installed there. */
  packageScript(name: string): string;
  /** A PATH there that begins with a folder. */
  pathWith(folder: string): string;
}
