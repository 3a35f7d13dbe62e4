import { nodeModuleBinary } from "@fairlead/testkit";

/** How a stdio server is started. */
export interface ServerCommand {
  readonly command: string;
  readonly args: string[];
  readonly env?: Record<string, string>;
}

/** The reference server of the protocol's authors, which has one of everything. */
export function everythingServer(env: Record<string, string> = {}): ServerCommand {
  return {
    command: process.execPath,
    args: [nodeModuleBinary("@modelcontextprotocol/server-everything"), "stdio"],
    env,
  };
}

/** The file server of the protocol's authors. @param folders where it may read and write */
export function filesystemServer(...folders: readonly string[]): ServerCommand {
  return {
    command: process.execPath,
    args: [nodeModuleBinary("@modelcontextprotocol/server-filesystem"), ...folders],
  };
}
