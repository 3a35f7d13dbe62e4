import { FairleadError } from "@fairlead/core";
import { paramsOf, readText, replaceText, requireText } from "../raw-params.js";
import type { Route } from "../route.js";
import { findPrompt } from "./named.js";
import { findOwners } from "./resources.js";

/** `completion/complete`: leads to the server of the prompt or resource template that is being filled in. */
export const complete: Route = async (request, context) => {
  const { message, params } = request;
  const kind = requireText(message, ["ref", "type"]);
  if (kind === "ref/prompt") {
    const exposed = requireText(message, ["ref", "name"]);
    const { server, rawName } = await findPrompt(exposed, context);
    const forwarded = params === undefined ? undefined : replaceText(params, ["ref", "name"], rawName);
    return request.call(server, { method: message.method, params: forwarded });
  }
  const uri = readText(paramsOf(message), ["ref", "uri"]) ?? "";
  const templates = await Promise.all(
    context.servers.map(async (server) => {
      if (server.connection === undefined) return undefined;
      // A server that gives no such list is not the one that is looked for.
      const items = await server.list("resources/templates/list").catch(() => []);
      return items.some((item) => item.uri === uri) ? server : undefined;
    }),
  );
  const owner = templates.find((server) => server !== undefined) ?? (await findOwners(uri, context))[0];
  if (owner === undefined) {
    throw new FairleadError("not_found", `No server has the resource template ${JSON.stringify(uri)}`, {
      reason: "server_unknown",
      effect: "none",
      details: { uri },
    });
  }
  return request.call(owner, { method: message.method, params });
};
