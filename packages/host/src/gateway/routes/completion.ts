import { FairleadError } from "@fairlead/core";
import { paramsOf, readText, replaceText, requireText } from "../raw-params.js";
import type { Route } from "../route.js";
import { findNamed } from "./named.js";
import { findOwners } from "./resources.js";

/** `completion/complete`: leads to the server of the prompt or resource template that is being filled in. */
export const complete: Route = async ({ message, params, signal, onProgress }, context) => {
  const kind = requireText(message, ["ref", "type"]);
  if (kind === "ref/prompt") {
    const exposed = requireText(message, ["ref", "name"]);
    const { instance, rawName } = await findNamed(exposed, "prompts/list", context);
    const forwarded = params === undefined ? undefined : replaceText(params, ["ref", "name"], rawName);
    return instance.call({ method: message.method, params: forwarded, signal, onProgress });
  }
  const uri = readText(paramsOf(message), ["ref", "uri"]) ?? "";
  const templates = await Promise.all(
    context.instances.map(async (instance) => {
      const items = instance.connection === undefined ? [] : await instance.list("resources/templates/list");
      return items.some((item) => item.uri === uri) ? instance : undefined;
    }),
  );
  const owner = templates.find((instance) => instance !== undefined) ?? (await findOwners(uri, context))[0];
  if (owner === undefined) {
    throw new FairleadError("not_found", `No server has the resource template ${JSON.stringify(uri)}`, {
      reason: "server_unknown",
      effect: "none",
      details: { uri },
    });
  }
  return owner.call({ method: message.method, params, signal, onProgress });
};
