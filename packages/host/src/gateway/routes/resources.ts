import { FairleadError } from "@fairlead/core";
import type { CallAnswer, ListMethod } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { findListing, readMergedList } from "../merged-list.js";
import { mayAsk } from "../questions/agent-calls.js";
import { joinList, requireText } from "../raw-params.js";
import type { AgentRequest, Route, RouteContext } from "../route.js";
import { matchesUriTemplate } from "./uri-template.js";

/** `resources/list`: the resources of every server; URIs are never rewritten, so of equal ones the first counts. */
export const listResources: Route = (_request, context) => listByUri("resources/list", "resources", context);

/** `resources/templates/list`: the templates of every server. */
export const listResourceTemplates: Route = (_request, context) =>
  listByUri("resources/templates/list", "resourceTemplates", context);

/** `resources/read`: asks the servers that may have it, the likeliest first, until one answers. */
export const readResource: Route = (request, context) => askOwners(request, context);

/** `resources/subscribe` and `resources/unsubscribe`: the same way as a read of that URI. */
export const subscribeResource: Route = (request, context) => askOwners(request, context);

/**
 * The servers that may own a URI: who lists it, else whose template fits, else all that have resources. Servers that are
 * still starting are waited for only if no other one knows the URI.
 */
export async function findOwners(uri: string, context: RouteContext): Promise<readonly AgentServer[]> {
  const known = await findKnownOwners(uri, { ...context, listPatienceMs: 0 });
  if (known.length > 0) return known;
  const later = await findKnownOwners(uri, context);
  return later.length > 0 ? later : context.servers.filter((server) => server.announces("resources"));
}

/**
 * Looks for the servers that something is to be done at, and keeps them over all of it: while they are looked for it may be
 * any server of the agent.
 */
export async function atOwners<Result>(
  { servers }: RouteContext,
  find: () => Promise<readonly AgentServer[]>,
  work: (owners: readonly AgentServer[]) => Promise<Result>,
): Promise<Result> {
  const held = new Map(servers.map((server) => [server, server.hold()]));
  try {
    const owners = await find();
    for (const [server, release] of held) if (!owners.includes(server)) release();
    return await work(owners);
  } finally {
    for (const release of held.values()) release();
  }
}

async function findKnownOwners(uri: string, context: RouteContext): Promise<readonly AgentServer[]> {
  const owner = await findListing("resources/list", context, (item) => item.uri === uri);
  if (owner !== undefined) return [owner];
  const templates = await readMergedList("resources/templates/list", context, "look-up");
  const fitting = templates.filter(({ item }) => item.uri !== undefined && matchesUriTemplate(item.uri, uri));
  return [...new Set(fitting.map(({ server }) => server))];
}

async function listByUri(method: ListMethod, member: string, context: RouteContext): Promise<CallAnswer> {
  const items: Buffer[] = [];
  const ownerOfUri = new Map<string, string>();
  for (const { server, item } of await readMergedList(method, context)) {
    const owner = item.uri === undefined ? undefined : ownerOfUri.get(item.uri);
    if (owner !== undefined && owner !== server.name) {
      context.warn(server.name, `${item.uri} is offered by ${owner} too, which comes first and is shown`);
      continue;
    }
    if (item.uri !== undefined) ownerOfUri.set(item.uri, server.name);
    items.push(item.raw);
  }
  return { kind: "result", result: joinList(member, items) };
}

async function askOwners(request: AgentRequest, context: RouteContext): Promise<CallAnswer> {
  const { message, params } = request;
  const uri = requireText(message, ["uri"]);
  const answer = await atOwners(
    context,
    () => findOwners(uri, context),
    async (owners) => {
      const isAskable = request.era === "modern" && mayAsk(message.method) && context.servers.length > 1;
      const rounds = isAskable ? context.resourceRounds : undefined;
      const tries = rounds?.triesOf(uri, params, owners) ?? owners.map((server) => ({ server, params }));
      let last: CallAnswer | undefined;
      for (const { server, params: toSend } of tries) {
        last = await request.call(server, { method: message.method, params: toSend });
        rounds?.note(uri, server, last);
        if (last.kind === "result") return last;
      }
      return last;
    },
  );
  if (answer !== undefined) return answer;
  throw new FairleadError("not_found", `No server has the resource ${JSON.stringify(uri)}`, {
    reason: "server_unknown",
    effect: "none",
    details: { uri },
  });
}
