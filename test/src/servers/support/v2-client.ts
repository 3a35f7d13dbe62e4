import { Client, type ClientOptions, type ConnectOptions } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { WayLaunch } from "./three-ways.js";

/** A notification as it came. */
export interface V2Notification {
  readonly method: string;
  readonly params?: unknown;
}

/** An official SDK v2 client, and what came to it. */
export interface V2End {
  readonly client: Client;
  /** Every notification but progress so far, in order. */
  readonly notifications: readonly V2Notification[];
  /** What the SDK complained about. */
  readonly complaints: readonly Error[];
  readonly close: () => Promise<void>;
}

/** What happens around `connect`. */
export interface V2ConnectOptions {
  readonly connectOptions?: ConnectOptions | undefined;
  /** Sets handlers before the client connects. */
  readonly prepare?: ((client: Client) => void) | undefined;
}

/** Starts a server and connects the official SDK v2 client to it, in the era that the options ask for. */
export async function connectV2(
  launch: WayLaunch,
  options?: ClientOptions,
  { connectOptions, prepare }: V2ConnectOptions = {},
): Promise<V2End> {
  const client = new Client({ name: "test-client", version: "2.0.0" }, options);
  const notifications: V2Notification[] = [];
  const complaints: Error[] = [];
  Object.assign(client, {
    fallbackNotificationHandler: async (note: V2Notification) => void notifications.push(note),
    onerror: (error: Error) => void complaints.push(error),
  });
  prepare?.(client);
  const transport = new StdioClientTransport({ ...launch, stderr: "pipe" });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  try {
    await client.connect(transport, connectOptions);
  } catch (cause) {
    await transport.close();
    throw new Error(`${launch.args.join(" ")} did not answer. stderr: ${stderr}`, { cause });
  }
  return { client, notifications, complaints, close: () => client.close() };
}
