import { FairleadError } from "@fairlead/core";
import { exposedName, type ListedItem, type ListMethod } from "@fairlead/mcp";
import type { ServerInstance } from "../../orchestrator/server-instance.js";
import type { RouteContext } from "../route.js";

/** Where an exposed name leads. */
export interface NamedTarget {
  readonly instance: ServerInstance;
  /** The name that the server itself uses. */
  readonly rawName: string;
  /** What the server lists of it; undefined if it does not. */
  readonly item: ListedItem | undefined;
}

/**
 * Finds the server and the raw name behind an exposed one. A name that the server does not list is passed on as it is:
 * some servers take tools that they do not show, and the server's own "unknown tool" says more than ours.
 * @throws FairleadError `not_found`, or why the server cannot be started
 */
export async function findNamed(
  exposed: string,
  method: Extract<ListMethod, "tools/list" | "prompts/list">,
  context: RouteContext,
): Promise<NamedTarget> {
  const separator = exposed.indexOf("__");
  const prefix = separator < 0 ? exposed : exposed.slice(0, separator);
  const instance = context.instances.find((candidate) => candidate.name === prefix);
  if (instance === undefined || separator < 0) {
    const kind = method === "tools/list" ? "tool" : "prompt";
    const known = context.instances.map((candidate) => candidate.name).join(", ");
    throw new FairleadError(
      "not_found",
      `There is no ${kind} ${JSON.stringify(exposed)}: names have the form server__${kind}, and the servers are ${known}`,
      { reason: "tool_unknown", effect: "none", details: { name: exposed } },
    );
  }
  await instance.readyAgain();
  const items = await instance.list(method);
  for (const item of items) {
    const { name } = item;
    if (name !== undefined && exposedName(instance.name, name, context.maxNameBytes) === exposed) {
      return { instance, rawName: name, item };
    }
  }
  return { instance, rawName: exposed.slice(separator + 2), item: undefined };
}
