import { binaryCommand } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";
import { connectV2, type V2End } from "../../servers/support/v2-client.js";

/** What an agent's SDK makes of a failed call. */
export interface AgentFailure {
  /** JSON-RPC's code. */
  readonly code: number;
  readonly message: string;
  /** What of it is for programs. */
  readonly fairlead: { readonly code: string; readonly details: Readonly<Record<string, unknown>> };
}

/** Starts `fairlead serve` behind the official SDK. */
export function connectAgent(scene: Scene): Promise<V2End> {
  const [command, ...args] = [...binaryCommand("fairlead"), "serve"] as const;
  return connectV2({ command, args, env: { ...scene.env }, cwd: scene.folder.path });
}

/** Calls a tool that must fail. */
export async function failingCall(agent: V2End, name: string, args: object = {}): Promise<AgentFailure> {
  const thrown: unknown = await agent.client.callTool({ name, arguments: { ...args } }).then(
    (result) => Promise.reject(new Error(`It answered ${JSON.stringify(result)}`)),
    (error: unknown) => error,
  );
  const { code, message, data } = thrown as { code: number; message: string; data?: unknown };
  const { fairlead } = data as Pick<AgentFailure, "fairlead">;
  return { code, message, fairlead };
}
