import { isKnownRequest, rpcError, rpcErrorCodes } from "@fairlead/mcp";
import { sandboxStateMethod } from "../policy/sandbox-state.js";
import type { Route, RouteContext } from "./route.js";
import { complete } from "./routes/completion.js";
import { getPrompt, listPrompts } from "./routes/prompts.js";
import { listResources, listResourceTemplates, readResource, subscribeResource } from "./routes/resources.js";
import { updateSandboxState } from "./routes/sandbox-state.js";
import { callTool, listTools } from "./routes/tools.js";

const routes: Readonly<Record<string, Route>> = {
  [sandboxStateMethod]: updateSandboxState,
  "completion/complete": complete,
  "prompts/get": getPrompt,
  "prompts/list": listPrompts,
  "resources/list": listResources,
  "resources/read": readResource,
  "resources/subscribe": subscribeResource,
  "resources/templates/list": listResourceTemplates,
  "resources/unsubscribe": subscribeResource,
  "tools/call": callTool,
  "tools/list": listTools,
};

/** What is looked at on an endpoint of a single server too; all else goes there as it is. */
const policedMethods: ReadonlySet<string> = new Set(["tools/list", "tools/call", sandboxStateMethod]);

/**
 * Whether a notification of this name may be passed to a server as it is. What is a request by its name never is: some
 * servers would carry it out, past everything that is looked at on the way of a request.
 */
export function isForwardedNotification(method: string): boolean {
  return !Object.hasOwn(routes, method) && !isKnownRequest(method);
}

/** The route of a method; one of somebody's own making goes to the only server there is. */
export function routeOf(method: string, { isSingle }: Pick<RouteContext, "isSingle">): Route {
  const isKnown = Object.hasOwn(routes, method) && (!isSingle || policedMethods.has(method));
  return (isKnown ? routes[method] : undefined) ?? passToOnlyServer;
}

const passToOnlyServer: Route = async (request, { servers }) => {
  const { message, params } = request;
  const configured = servers.filter(({ definition }) => definition.origin !== "built-in");
  const [only] = configured;
  if (only !== undefined && configured.length === 1)
    return request.call(only, { method: message.method, params });
  const { method } = message;
  const text = method.startsWith("fairlead/")
    ? `${method} is no control method, or this agent is not offered them: docs/control.schema.json lists all`
    : `${method} is a method of a single server: use its own endpoint, /mcp/<server>, or fairlead serve --server NAME`;
  return rpcError(rpcErrorCodes.methodNotFound, text);
};
