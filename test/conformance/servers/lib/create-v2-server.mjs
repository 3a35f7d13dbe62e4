import { randomBytes } from "node:crypto";
import { createRequestStateCodec, inputRequired, Server } from "@modelcontextprotocol/server";
import { answerAsking, capabilities, legacyMethods, methods } from "./surface.mjs";

/** Seals the states that travel through clients. */
const states = createRequestStateCodec({ key: randomBytes(32) });

/**
 * The conformance server made with the official SDK v2, for one connection or one request of either era.
 * @param options.era `legacy` or `modern`
 * @param options.listChanged told `tools` or `prompts`. @default sent with this server
 */
export function createV2Server({ era, listChanged }) {
  const server = new Server(
    { name: "conformance", version: "2.0.0" },
    {
      capabilities,
      instructions: "Made to be tested.",
      requestState: { verify: (...echoed) => states.verify(...echoed) },
    },
  );
  const send = { tools: () => server.sendToolListChanged(), prompts: () => server.sendPromptListChanged() };
  const contextOf = ({ mcpReq, http }) => ({
    token: mcpReq._meta?.progressToken,
    notify: (method, params) => mcpReq.notify({ method, params }),
    log: (level, data) => mcpReq.log(level, data),
    capabilities: clientCapabilities(mcpReq) ?? server.getClientCapabilities() ?? {},
    listChanged: listChanged ?? ((what) => send[what]()),
    closeStream: http?.closeSSE,
  });

  for (const method of Object.keys(methods)) {
    server.setRequestHandler(method, async ({ params = {} }, extra) => {
      const { mcpReq } = extra;
      const context = contextOf(extra);
      if (era === "legacy")
        return answerAsking(method, params, { ...context, ask: (question) => mcpReq.send(question) });
      const state = mcpReq.requestState();
      const result = await methods[method](params, {
        ...context,
        answers: mcpReq.inputResponses ?? {},
        state,
      });
      if (result.inputRequests === undefined) return result;
      const { inputRequests, requestState } = result;
      return inputRequired({
        inputRequests,
        ...(requestState === undefined ? {} : { requestState: await states.mint(requestState) }),
      });
    });
  }
  if (era === "legacy") {
    for (const [method, answer] of Object.entries(legacyMethods)) server.setRequestHandler(method, answer);
  }
  return server;
}

function clientCapabilities({ envelope }) {
  return envelope?.["io.modelcontextprotocol/clientCapabilities"];
}
