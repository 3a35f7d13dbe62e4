import { Client, type ClientOptions } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Notification } from "@modelcontextprotocol/sdk/types.js";
import type { ServerCommand } from "./real-servers.js";
import { openThreeWays, type ThreeWays, type Way, type WayLaunch, type WayName } from "./three-ways.js";

/** An official SDK v1 client, and what came to it. */
export interface V1End {
  readonly client: Client;
  /** Every notification but progress so far, in order. */
  readonly notifications: readonly Notification[];
  /** What the SDK complained about: answers to nothing, messages that it could not read. */
  readonly complaints: readonly Error[];
  /** What its server, or ours before it, has said on stderr. */
  readonly stderr: () => string;
  readonly close: () => Promise<void>;
}

/** A way with an official SDK v1 client at its end. */
export type V1Way = Way<V1End>;

/** Three ways with official SDK v1 clients. */
export type V1Ways = ThreeWays<V1End>;

/** What is reached, and by what kind of client. */
export interface V1WaysOptions {
  /** Gives the server's command; each way has a server process of its own. */
  readonly server: (way: WayName) => ServerCommand;
  readonly clientOptions?: () => ClientOptions;
  /** Sets handlers before the client connects. */
  readonly prepare?: (client: Client, way: WayName) => void;
}

/** Reaches a server in all three ways with the official SDK v1 client. */
export function openV1Ways({ server, clientOptions, prepare }: V1WaysOptions): Promise<V1Ways> {
  return openThreeWays(server, (launch, way) =>
    connectV1(launch, clientOptions?.(), (client) => prepare?.(client, way)),
  );
}

/** Starts a server and connects the official SDK v1 client to it. */
export async function connectV1(
  launch: WayLaunch,
  options?: ClientOptions,
  prepare?: (client: Client) => void,
): Promise<V1End> {
  const client = new Client({ name: "test-client", version: "1.0.0" }, options);
  const notifications: Notification[] = [];
  const complaints: Error[] = [];
  Object.assign(client, {
    fallbackNotificationHandler: async (note: Notification) => void notifications.push(note),
    onerror: (error: Error) => void complaints.push(error),
  });
  prepare?.(client);
  const transport = new StdioClientTransport({ ...launch, stderr: "pipe" });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  try {
    await client.connect(transport);
  } catch (cause) {
    await transport.close();
    throw new Error(`${launch.args.join(" ")} did not answer. stderr: ${stderr}`, { cause });
  }
  return { client, notifications, complaints, stderr: () => stderr, close: () => client.close() };
}
