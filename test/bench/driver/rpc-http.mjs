import { Agent, request as httpRequest } from "node:http";

/**
 * A JSON-RPC client over Streamable HTTP, as lean as one can be: connections are kept, a POST a message, and an answer is
 * read as JSON or as the events of a stream.
 * @returns `request(method, params)`, which gives the result, `notify`, and `close`
 */
export function openHttpRpc({ url, headers = {} }) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, noDelay: true });
  let session = {};
  let lastId = 0;

  const post = (message) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ jsonrpc: "2.0", ...message });
      const outgoing = httpRequest(url, {
        agent,
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "content-length": Buffer.byteLength(body),
          ...headers,
          ...session,
        },
      });
      outgoing.once("error", reject);
      outgoing.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.once("error", reject);
        response.once("end", () => resolve({ response, text }));
      });
      outgoing.end(body);
    });
  const rpc = {
    request: async (method, params) => {
      lastId += 1;
      const id = lastId;
      const { response, text } = await post({ id, method, params });
      if (response.statusCode !== 200) throw new Error(`${method}: HTTP ${response.statusCode} ${text}`);
      if (method === "initialize") {
        const sessionId = response.headers["mcp-session-id"];
        session = {
          ...(sessionId === undefined ? {} : { "mcp-session-id": sessionId }),
          "mcp-protocol-version": params.protocolVersion,
        };
      }
      const { result, error } = messagesOf(response, text).find((message) => message.id === id);
      if (error !== undefined) throw new Error(JSON.stringify(error));
      return result;
    },
    notify: async (method, params) => void (await post({ method, params })),
    close: async () => agent.destroy(),
  };
  return rpc;
}

function messagesOf({ headers }, text) {
  if (!headers["content-type"].startsWith("text/event-stream")) return [JSON.parse(text)];
  return text
    .split("\n")
    .filter((line) => line.startsWith("data:") && line.length > "data: ".length)
    .map((line) => JSON.parse(line.slice("data:".length)));
}
