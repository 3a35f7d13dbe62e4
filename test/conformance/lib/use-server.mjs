import { listAll } from "@fairlead/mcp";
import { fillForm } from "./fill-form.mjs";

/**
 * Uses all that a server offers: lists its tools and calls them at the same time, reads its resources, gets its prompts.
 * @param options.toolCalls `name` and `arguments` of calls to make instead, one after the other
 * @param options.tell takes a line about each call
 * @throws at the first call that got no answer; a refusal by the server is an answer
 */
export async function useServer(connection, { toolCalls, timeoutMs, tell }) {
  const { capabilities = {} } = connection.initializeResult.value;
  const list = async (method) => {
    const { items, warnings } = await listAll(connection, method, { timeoutMs });
    for (const text of warnings) tell(`warning: ${text}`);
    tell(`${method}: ${items.length}`);
    return items.map(({ raw }) => JSON.parse(raw.toString("utf8")));
  };
  const call = async (method, params) => {
    const { kind } = await connection.request({ method, params: toBytes(params), timeoutMs });
    tell(`${method} ${params.name ?? params.uri}: ${kind}`);
  };

  // Listed whatever is announced: that costs one request, and shows what a server without tools says to it.
  const tools = await list("tools/list");
  if (toolCalls === undefined) {
    await Promise.all(tools.map((tool) => call("tools/call", plainCall(tool, tools))));
  } else {
    for (const params of toolCalls) await call("tools/call", params);
  }
  if (capabilities.resources !== undefined) {
    for (const { uri } of await list("resources/list")) await call("resources/read", { uri });
  }
  if (capabilities.prompts !== undefined) {
    for (const { name } of await list("prompts/list")) await call("prompts/get", { name });
  }
}

function plainCall({ name, inputSchema }, tools) {
  const args = fillForm(inputSchema);
  // A tool that wants to see a schema gets one that came through here, so that a changed one would be noticed.
  if ("schema" in args) args.schema = tools[0].inputSchema;
  return { name, arguments: args };
}

function toBytes(value) {
  return Buffer.from(JSON.stringify(value));
}
