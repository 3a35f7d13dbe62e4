import { FairleadError } from "@fairlead/core";
import { type CallAnswer, exposedName, findMember, parseRange, sliceRange } from "@fairlead/mcp";
import { requireTextArgument, textArgument } from "../../built-in/arguments.js";
import { fairleadServerName } from "../../built-in/fairlead-server.js";
import {
  type ResourceToolName,
  resourceToolDescriptions,
} from "../../built-in/resource-tool-descriptions.js";
import { callTool as callBuiltInTool, type ToolResult } from "../../built-in/tool-methods.js";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { readText } from "../raw-params.js";
import type { AgentRequest, RouteContext } from "../route.js";
import { isAllText, toContentBlocks } from "./resource-blocks.js";

const names = Object.keys(resourceToolDescriptions) as ResourceToolName[];

/**
 * The raw entries of our resource tools; none where no server has resources, or configuration wants none. A server that is
 * not up yet may have some: its tools are listed from memory, and nobody tells agents later that ours have come.
 */
export function presentResourceTools(context: RouteContext): Buffer[] {
  const { hasResourceTools, servers, maxNameBytes } = context;
  const isOffered = servers.some(
    (server) =>
      server.definition.origin !== "built-in" &&
      (server.connection === undefined || server.announces("resources")),
  );
  if (!hasResourceTools || !isOffered) return [];
  return names.map((name) => {
    const exposed = exposedName(fairleadServerName, name, maxNameBytes);
    return Buffer.from(JSON.stringify({ name: exposed, ...resourceToolDescriptions[name] }));
  });
}

/** Whether a name is that of one of our resource tools. */
export function isResourceTool(exposed: string, context: RouteContext): boolean {
  return !context.isSingle && context.hasResourceTools && nameOf(exposed, context) !== undefined;
}

/** Runs one of our resource tools. What fails is told to the model in its result. */
export async function callResourceTool(
  exposed: string,
  request: AgentRequest,
  context: RouteContext,
): Promise<CallAnswer> {
  const name = nameOf(exposed, context) ?? "list_resources";
  const value = rangeOf(request.params, "arguments");
  const parsed = value === undefined ? undefined : parseRange(value);
  const args = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  let asksForInput: CallAnswer | undefined;
  const call = async (): Promise<ToolResult> => {
    if (name !== "read_resource") return list(name, args, request, context);
    const answer = await readRaw(args, request, context);
    // The agent's answers come with the repeated call, and go on to the server as they are.
    if (readText(answer, ["resultType"]) === "input_required")
      asksForInput = { kind: "result", result: answer };
    return toReadResult(requireTextArgument(args, "server"), answer);
  };
  const result = await callBuiltInTool({ call }, args, { signal: request.signal, progress: () => {} });
  return asksForInput ?? { kind: "result", result: Buffer.from(JSON.stringify(result)) };
}

const lists = {
  list_resources: { method: "resources/list", member: "resources" },
  list_resource_templates: { method: "resources/templates/list", member: "resourceTemplates" },
} as const;

async function list(
  name: keyof typeof lists,
  args: Readonly<Record<string, unknown>>,
  request: AgentRequest,
  context: RouteContext,
): Promise<ToolResult> {
  const { method, member } = lists[name];
  const server = textArgument(args, "server");
  const cursor = textArgument(args, "cursor");
  if (server === undefined && cursor !== undefined) {
    throw new FairleadError("usage", "A cursor belongs to one server: give its name as server too", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  if (server !== undefined) {
    const page = await ask(findServer(server, context), request, { method, members: { cursor } });
    const { [member]: items, nextCursor } = objectOf(parseRange(page));
    const named = (Array.isArray(items) ? items : []).map((item) => ({ server, ...objectOf(item) }));
    return toListResult({ [member]: named, ...(nextCursor === undefined ? {} : { nextCursor }) });
  }
  const failures: { server: string; message: string }[] = [];
  const read = async (from: AgentServer): Promise<object[]> => {
    try {
      const items = await from.listNow(method, context.listPatienceMs);
      if (items !== undefined)
        return items.map(({ raw }) => ({ server: from.name, ...objectOf(parseRange(raw)) }));
      failures.push({ server: from.name, message: "It is not running yet, or does not answer" });
    } catch (error) {
      failures.push({ server: from.name, message: error instanceof Error ? error.message : String(error) });
    }
    return [];
  };
  const all = await Promise.all(context.servers.map(read));
  return toListResult({ [member]: all.flat(), ...(failures.length === 0 ? {} : { failures }) });
}

function toListResult(value: object): ToolResult {
  return { content: [{ type: "text", text: JSON.stringify(value) }], structuredContent: value };
}

function readRaw(
  args: Readonly<Record<string, unknown>>,
  request: AgentRequest,
  context: RouteContext,
): Promise<Buffer> {
  const server = findServer(requireTextArgument(args, "server"), context);
  const members = { uri: requireTextArgument(args, "uri") };
  return ask(server, request, { method: "resources/read", members });
}

function toReadResult(server: string, answer: Buffer): ToolResult {
  const { contents } = objectOf(parseRange(answer));
  if (!Array.isArray(contents)) {
    throw new FairleadError("protocol", `Server '${server}' answered resources/read without contents`, {
      reason: "frame_invalid",
    });
  }
  const content = toContentBlocks(contents);
  // Some agents look at nothing else once there is structured content: an image beside it would be lost.
  return isAllText(contents) ? { content, structuredContent: { server, contents } } : { content };
}

interface ResourceAsk {
  readonly method: string;
  readonly members: Readonly<Record<string, string | undefined>>;
}

/** Asks a server in the agent's own words: token, era and answers to earlier questions go along. */
async function ask(server: AgentServer, request: AgentRequest, what: ResourceAsk): Promise<Buffer> {
  const parts = Object.entries(what.members).flatMap(([key, value]) =>
    value === undefined ? [] : [`${JSON.stringify(key)}:${JSON.stringify(value)}`],
  );
  for (const key of ["_meta", "inputResponses", "requestState"]) {
    const value = rangeOf(request.params, key);
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${value.toString("utf8")}`);
  }
  const params = Buffer.from(`{${parts.join(",")}}`);
  const answer = await request.call(server, { method: what.method, params });
  if (answer.kind === "result") return answer.result;
  const { code, message } = objectOf(parseRange(answer.error));
  throw new FairleadError("protocol", `Server '${server.name}' refused ${what.method}: ${String(message)}`, {
    reason: "peer_error",
    details: typeof code === "number" ? { rpcCode: code } : {},
  });
}

function findServer(name: string, { servers }: RouteContext): AgentServer {
  const server = servers.find((candidate) => candidate.name === name);
  if (server !== undefined) return server;
  const known = servers.map((candidate) => candidate.name).join(", ");
  throw new FairleadError("not_found", `There is no server ${JSON.stringify(name)}; there are: ${known}`, {
    reason: "server_unknown",
    effect: "none",
  });
}

function nameOf(exposed: string, { maxNameBytes }: RouteContext): ResourceToolName | undefined {
  return names.find((name) => exposedName(fairleadServerName, name, maxNameBytes) === exposed);
}

function rangeOf(raw: Buffer | undefined, key: string): Buffer | undefined {
  const range = raw === undefined ? undefined : findMember(raw, { start: 0, end: raw.length }, key);
  return raw === undefined || range === undefined ? undefined : sliceRange(raw, range);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
