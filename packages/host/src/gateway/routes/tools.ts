import { FairleadError } from "@fairlead/core";
import type { CallAnswer, ListedItem } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { configuredChanges, presentTool } from "../../policy/present-tool.js";
import { requireOwnState } from "../../policy/shared-sandbox.js";
import { holdServer } from "../hold-server.js";
import { readLists } from "../merged-list.js";
import { filterItems, joinList, replaceText, requireText } from "../raw-params.js";
import type { AgentRequest, Route, RouteContext } from "../route.js";
import { isHarmlessTwice } from "./harmless-twice.js";
import { findOwnTool, findTool, findToolServer, toolNamesOf } from "./named.js";
import { callResourceTool, isResourceTool, presentResourceTools } from "./resource-tools.js";

/** `tools/list`: the tools of every server, as the servers wrote them but for what configuration changes, and our own. */
export const listTools: Route = async (request, context) => {
  if (context.isSingle) return listOwnTools(request, context);
  const lists = await readLists("tools/list", context);
  const items = lists.flatMap(({ server, items: listed }) => presentTools(server, listed, context));
  return { kind: "result", result: joinList("tools", [...items, ...presentResourceTools(context)]) };
};

/** `tools/call`: leads to the one server behind the name, if policy and the agent's user let it. */
export const callTool: Route = async (request, context) => {
  const exposed = requireText(request.message, ["name"]);
  if (isResourceTool(exposed, context)) return callResourceTool(exposed, request, context);
  // Waiting for somebody's approval is part of the call.
  return holdServer(findToolServer(exposed, context), () => callAtServer(exposed, request, context));
};

async function callAtServer(
  exposed: string,
  request: AgentRequest,
  context: RouteContext,
): Promise<CallAnswer> {
  const { params, era, signal, ask } = request;
  const { server, rawName, item } = await (context.isSingle ? findOwnTool : findTool)(exposed, context);
  if (!server.allowsTool(rawName)) {
    throw new FairleadError(
      "forbidden",
      `Tool ${exposed} is switched off in the configuration of ${server.name}`,
      {
        reason: "policy_denied",
        effect: "none",
        details: { server: server.name, tool: rawName },
      },
    );
  }
  const checkState = (): Promise<void> => requireOwnState(server, context.sandbox, signal);
  await checkState();
  const isRenamed = params !== undefined && exposed !== rawName;
  const forwarded = isRenamed ? replaceText(params, ["name"], rawName) : params;
  const isRepeatable = item !== undefined && isHarmlessTwice(item.raw);
  const guarded = { definition: server.definition, rawName, tool: item?.raw, params, era, signal, ask };
  return context.approvals.guard(guarded, async () => {
    // While somebody was asked, the agent may have set a state, or the server have been started anew.
    await checkState();
    return request.call(server, { method: "tools/call", params: forwarded, isRepeatable });
  });
}

function presentTools(server: AgentServer, items: readonly ListedItem[], context: RouteContext): Buffer[] {
  const { tools } = toolNamesOf(server, items, context);
  return tools.map(({ item, rawName, exposed }) =>
    presentTool(item.raw, { name: exposed, ...configuredChanges(server.definition, rawName) }),
  );
}

/** The server's own pages, as it wrote them but for what configuration takes out. */
async function listOwnTools(request: AgentRequest, { servers }: RouteContext): Promise<CallAnswer> {
  const [server] = servers;
  if (server === undefined) return { kind: "result", result: joinList("tools", []) };
  const answer = await request.call(server, { method: "tools/list", params: request.params });
  if (answer.kind === "error") return answer;
  return { kind: "result", result: filterItems(answer.result, "tools", (name) => server.allowsTool(name)) };
}
