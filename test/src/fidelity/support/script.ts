import { fileURLToPath } from "node:url";
import type { RawPeer, RawResponse, RawResult } from "@fairlead/testkit";
import type { ServerCommand } from "../../servers/support/real-servers.js";

/** One thing that the scripted server does for a call; the fixture's head says which and what its texts may hold. */
export interface Step {
  readonly send?: string;
  readonly ask?: string;
  readonly until?: string;
  readonly pause?: number;
  readonly fill?: number;
  readonly exit?: number;
}

/** What a scripted server offers besides its tool `script`. */
export interface ScriptedOptions {
  /** @default legacy */
  readonly era?: "legacy" | "modern" | "dual";
  /** The very text of results, by method, or by "method cursor". */
  readonly answers?: Readonly<Record<string, string>>;
}

/** The command of a server that sends exactly what it is told to. */
export function scriptedServer({ era = "legacy", answers = {} }: ScriptedOptions = {}): ServerCommand {
  const path = fileURLToPath(new URL("../fixtures/scripted-server.mjs", import.meta.url));
  return { command: process.execPath, args: [path, "--era", era, "--answers", JSON.stringify(answers)] };
}

/** The step that answers the call. @param result its very text */
export function respond(result: string): Step {
  return { send: `{"jsonrpc":"2.0","id":$ID,"result":${result}}` };
}

/** The step that asks the client. @param params their very text */
export function ask(method: string, params: string): Step {
  return { ask: `{"jsonrpc":"2.0","id":$OWN,"method":"${method}","params":${params}}` };
}

/** The step that tells the client something. @param params their very text */
export function tell(method: string, params: string): Step {
  return { send: `{"jsonrpc":"2.0","method":"${method}","params":${params}}` };
}

/** An agent's end, and the name that the scripted tool has there. */
export interface ScriptedEnd {
  readonly peer: RawPeer;
  readonly toolName: string;
}

/** How one scripted call is made. */
export interface PlayOptions {
  readonly id?: string | number;
  /** @default none */
  readonly meta?: object;
  readonly timeoutMs?: number;
  /** Steps of the call that brings answers to questions. */
  readonly again?: readonly Step[];
}

/** The params of a call that lets the server play steps. */
export function scriptParams(
  toolName: string,
  steps: readonly Step[],
  { meta, again }: PlayOptions = {},
): object {
  return { name: toolName, arguments: { steps, again }, ...(meta === undefined ? {} : { _meta: meta }) };
}

/** Lets the server play steps, and waits for the answer. */
export function play<Result = RawResult>(
  { peer, toolName }: ScriptedEnd,
  steps: readonly Step[],
  options: PlayOptions = {},
): Promise<RawResponse<Result>> {
  const { id, timeoutMs } = options;
  return peer.request<Result>("tools/call", scriptParams(toolName, steps, options), { id, timeoutMs });
}
