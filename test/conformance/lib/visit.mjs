import { openConnection } from "@fairlead/mcp";
import { answerQuestion } from "./answers.mjs";
import { openRoute } from "./routes.mjs";
import { useServer } from "./use-server.mjs";

/** Far more than a mock server needs: a busy machine is no failure. */
export const timeoutMs = 30_000;

/**
 * Opens a connection to a server, uses it and closes it.
 * @param options.route as {@link openRoute} takes it
 * @param options.toolCalls as {@link useServer} takes them
 * @param options.tell takes a line about each thing that was done
 */
export async function visit(url, { route, toolCalls, tell }) {
  const opened = await openRoute(route);
  try {
    const connection = await openConnection({
      server: { kind: "http", endpoint: { url, fetch: opened.fetch } },
      name: "conformance",
      startupTimeoutMs: timeoutMs,
      onEra: (era) => tell(`${era} era`),
      ...clientProfile(tell),
    });
    try {
      tell(`connected, ${connection.initializeResult.protocolVersion}`);
      await useServer(connection, { toolCalls, timeoutMs, tell });
    } finally {
      await connection.close();
    }
  } finally {
    await opened.close();
  }
}

/** Who we are, what we can do, and who answers the server's questions. @param tell takes warnings */
export function clientProfile(tell) {
  return {
    clientInfo: { name: "fairlead-conformance", version: "1.0.0" },
    capabilities: { elicitation: { form: {} } },
    handlers: { onRequest: answerQuestion, onWarning: (text) => tell(`warning: ${text}`) },
  };
}
