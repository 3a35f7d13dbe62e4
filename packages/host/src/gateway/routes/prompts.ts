import { exposedName } from "@fairlead/mcp";
import { readMergedList } from "../merged-list.js";
import { joinList, replaceText, requireText } from "../raw-params.js";
import type { Route } from "../route.js";
import { atPrompt } from "./named.js";

/** `prompts/list`: the prompts of every server, named like tools. */
export const listPrompts: Route = async (_request, context) => {
  const items: Buffer[] = [];
  for (const { server, item } of await readMergedList("prompts/list", context)) {
    if (item.name === undefined) context.warn(server.name, "A prompt without a name was left out");
    else {
      items.push(replaceText(item.raw, ["name"], exposedName(server.name, item.name, context.maxNameBytes)));
    }
  }
  return { kind: "result", result: joinList("prompts", items) };
};

/** `prompts/get`: leads to the one server behind the name. */
export const getPrompt: Route = async (request, context) => {
  const { message, params } = request;
  return atPrompt(requireText(message, ["name"]), context, ({ server, rawName }) => {
    const forwarded = params === undefined ? undefined : replaceText(params, ["name"], rawName);
    return request.call(server, { method: "prompts/get", params: forwarded });
  });
};
