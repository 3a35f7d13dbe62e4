import { initializeRawClient, type RawClient } from "@fairlead/testkit";
import { expect } from "vitest";
import type { Column } from "./column.js";

/** Node under Wine loads its modules several times slower than elsewhere. */
export const agentPatienceMs = 60_000;

/** How long what was stopped may stay in the process table. */
export const goneWithinMs = 20_000;

/** What an agent is, beside its host. */
export interface AgentOptions {
  readonly capabilities?: object;
  /** Further variables of the host. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Does something as an agent of a host, which is then let go of in good order: the host must end by itself. */
export async function withAgent(
  column: Column,
  act: (agent: RawClient) => Promise<void>,
  { capabilities = {}, env }: AgentOptions = {},
): Promise<void> {
  await using agent = await column.serve(env);
  await initializeRawClient(agent, { capabilities, timeoutMs: agentPatienceMs });
  await act(agent);
  agent.closeStdin();
  expect((await agent.exited).code).toBe(0);
}

interface ToolResult {
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** Calls a tool as an agent does. @throws Error if the call is answered with an error */
export async function callTool(agent: RawClient, name: string, args: object = {}): Promise<ToolResult> {
  const params = { name, arguments: args };
  const { result, error } = await agent.request<ToolResult>("tools/call", params, {
    timeoutMs: agentPatienceMs,
  });
  if (result === undefined) throw new Error(`${name}: ${error?.message} ${agent.stderr()}`);
  return result;
}

/** The text that a tool answers. */
export async function callText(agent: RawClient, name: string, args: object = {}): Promise<string> {
  return (await callTool(agent, name, args)).content.map(({ text }) => text).join("");
}

/** The names of all tools. */
export async function toolNames(agent: RawClient): Promise<readonly string[]> {
  const { result } = await agent.request<{ readonly tools: readonly { readonly name: string }[] }>(
    "tools/list",
    {},
    { timeoutMs: agentPatienceMs },
  );
  return (result?.tools ?? []).map(({ name }) => name);
}
