import { FairleadError } from "@fairlead/core";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { findListing } from "../merged-list.js";
import { paramsOf, readText, replaceText, requireText } from "../raw-params.js";
import type { Route, RouteContext } from "../route.js";
import { atPrompt } from "./named.js";
import { atOwners, findOwners } from "./resources.js";

/** `completion/complete`: leads to the server of the prompt or resource template that is being filled in. */
export const complete: Route = async (request, context) => {
  const { message, params } = request;
  const kind = requireText(message, ["ref", "type"]);
  if (kind === "ref/prompt") {
    return atPrompt(requireText(message, ["ref", "name"]), context, ({ server, rawName }) => {
      const forwarded = params === undefined ? undefined : replaceText(params, ["ref", "name"], rawName);
      return request.call(server, { method: message.method, params: forwarded });
    });
  }
  const uri = readText(paramsOf(message), ["ref", "uri"]) ?? "";
  const find = async (): Promise<readonly AgentServer[]> => {
    const known = await findTemplateServer(uri, context);
    return known === undefined ? findOwners(uri, context) : [known];
  };
  return atOwners(context, find, async ([owner]) => {
    if (owner !== undefined) return request.call(owner, { method: message.method, params });
    throw new FairleadError("not_found", `No server has the resource template ${JSON.stringify(uri)}`, {
      reason: "server_unknown",
      effect: "none",
      details: { uri },
    });
  });
};

/** The first of those that run which lists the template. */
function findTemplateServer(uri: string, context: RouteContext): Promise<AgentServer | undefined> {
  const running = context.servers.filter((server) => server.connection !== undefined);
  return findListing(
    "resources/templates/list",
    { ...context, servers: running },
    (item) => item.uri === uri,
  );
}
