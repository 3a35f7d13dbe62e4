import { FairleadError } from "@fairlead/core";
import { exposedName } from "@fairlead/mcp";
import { readMergedList } from "../merged-list.js";
import { joinList, replaceText, requireText } from "../raw-params.js";
import type { Route } from "../route.js";
import { isHarmlessTwice } from "./harmless-twice.js";
import { findNamed } from "./named.js";

/** `tools/list`: the tools of every server, as the servers wrote them but for their names. */
export const listTools: Route = async (_request, context) => {
  const items: Buffer[] = [];
  for (const { instance, item } of await readMergedList("tools/list", context)) {
    if (item.name === undefined) context.warn(instance.name, "A tool without a name was left out");
    else if (instance.allowsTool(item.name)) {
      items.push(
        replaceText(item.raw, ["name"], exposedName(instance.name, item.name, context.maxNameBytes)),
      );
    }
  }
  return { kind: "result", result: joinList("tools", items) };
};

/** `tools/call`: leads to the one server behind the name. */
export const callTool: Route = async ({ message, params, signal, onProgress }, context) => {
  const exposed = requireText(message, ["name"]);
  const { instance, rawName, item } = await findNamed(exposed, "tools/list", context);
  if (!instance.allowsTool(rawName)) {
    throw new FairleadError(
      "forbidden",
      `Tool ${exposed} is switched off in the configuration of ${instance.name}`,
      {
        reason: "policy_denied",
        effect: "none",
        details: { server: instance.name, tool: rawName },
      },
    );
  }
  const forwarded = params === undefined ? undefined : replaceText(params, ["name"], rawName);
  const isRepeatable = item !== undefined && isHarmlessTwice(item.raw);
  return instance.call({ method: "tools/call", params: forwarded, signal, onProgress, isRepeatable });
};
