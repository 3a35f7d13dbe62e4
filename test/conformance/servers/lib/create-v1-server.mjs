import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListRootsResultSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { answerAsking, capabilities, legacyMethods } from "./surface.mjs";

const schemas = {
  "tools/list": ListToolsRequestSchema,
  "tools/call": CallToolRequestSchema,
  "resources/list": ListResourcesRequestSchema,
  "resources/templates/list": ListResourceTemplatesRequestSchema,
  "resources/read": ReadResourceRequestSchema,
  "prompts/list": ListPromptsRequestSchema,
  "prompts/get": GetPromptRequestSchema,
  "completion/complete": CompleteRequestSchema,
};

const legacySchemas = {
  "resources/subscribe": SubscribeRequestSchema,
  "resources/unsubscribe": UnsubscribeRequestSchema,
};

const answerSchemas = {
  "elicitation/create": ElicitResultSchema,
  "sampling/createMessage": CreateMessageResultSchema,
  "roots/list": ListRootsResultSchema,
};

/** The conformance server made with the official SDK v1, for one connection. */
export function createV1Server() {
  const server = new Server(
    { name: "conformance", version: "1.0.0" },
    { capabilities, instructions: "Made to be tested." },
  );
  const send = { tools: () => server.sendToolListChanged(), prompts: () => server.sendPromptListChanged() };
  const contextOf = ({ _meta, sendNotification, sendRequest }) => ({
    token: _meta?.progressToken,
    notify: (method, params) => sendNotification({ method, params }),
    log: (level, data) => server.sendLoggingMessage({ level, data }),
    capabilities: server.getClientCapabilities() ?? {},
    listChanged: (what) => send[what](),
    ask: (question) => sendRequest(question, answerSchemas[question.method]),
  });
  for (const [method, schema] of Object.entries(schemas)) {
    server.setRequestHandler(schema, ({ params = {} }, extra) =>
      answerAsking(method, params, contextOf(extra)),
    );
  }
  for (const [method, schema] of Object.entries(legacySchemas)) {
    server.setRequestHandler(schema, legacyMethods[method]);
  }
  return server;
}
