import { methodNotFound } from "@fairlead/mcp";
import type { Route } from "./route.js";
import { complete } from "./routes/completion.js";
import { getPrompt, listPrompts } from "./routes/prompts.js";
import { listResources, listResourceTemplates, readResource, subscribeResource } from "./routes/resources.js";
import { callTool, listTools } from "./routes/tools.js";

const routes: Readonly<Record<string, Route>> = {
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

/** The route of a method on the merged endpoint; one of its own making goes to the only server there is. */
export function methodRoutes(method: string): Route {
  return (Object.hasOwn(routes, method) ? routes[method] : undefined) ?? passToOnlyServer;
}

const passToOnlyServer: Route = async ({ message, params, signal, onProgress }, { instances }) => {
  const [only] = instances;
  if (only === undefined || instances.length > 1) return methodNotFound(message.method);
  return only.call({ method: message.method, params, signal, onProgress });
};
