// Everything that the official conformance runner wants to find at a server, whatever SDK and era it is served with.
import { askingTools } from "./asking-tools.mjs";
import { WireError } from "./error.mjs";
import { complete, getPrompt, promptList } from "./prompts.mjs";
import { readResource, resources, resourceTemplates } from "./resources.mjs";
import { plainTools } from "./tools.mjs";

const tools = { ...plainTools, ...askingTools };

const toolList = Object.entries(tools).map(([name, { description, inputSchema = { type: "object" } }]) => ({
  name,
  description,
  inputSchema,
}));

export const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};

/** The answers to what every era asks, by method. Each gets the params and, where a tool would, a context. */
export const methods = {
  "tools/list": () => ({ tools: toolList }),
  "tools/call": ({ name, arguments: args = {} }, context) => {
    const tool = tools[name];
    if (tool === undefined) throw new WireError(-32602, `There is no tool ${name}`);
    return tool.call(args, context);
  },
  "resources/list": () => ({ resources }),
  "resources/templates/list": () => ({ resourceTemplates }),
  "resources/read": ({ uri }) => readResource(uri),
  "prompts/list": () => ({ prompts: promptList }),
  "prompts/get": getPrompt,
  "completion/complete": complete,
};

/** What only the era with a handshake asks. */
export const legacyMethods = {
  "resources/subscribe": () => ({}),
  "resources/unsubscribe": () => ({}),
};

/** How the methods above are answered where questions go to the client as requests of the server. */
export async function answerAsking(method, params, { ask, ...context }) {
  let answers = {};
  let state;
  for (;;) {
    const result = await methods[method](params, { ...context, answers, state });
    if (result.inputRequests === undefined) return result;
    const asked = Object.entries(result.inputRequests).map(async ([key, question]) => [
      key,
      await ask(question),
    ]);
    answers = Object.fromEntries(await Promise.all(asked));
    state = result.requestState;
  }
}
