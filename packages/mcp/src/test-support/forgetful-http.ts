import { type HttpExchange, type LegacyScript, legacyScript, startScriptedHttp } from "./scripted-http.js";

interface ForgetfulScript extends LegacyScript {
  /** Answers a request in a session that is forgotten. @default as the protocol wants it, with 404 */
  readonly onUnknown?: (exchange: HttpExchange) => void;
}

/** Starts a server whose sessions the test ends: they are named s1, s2, and so on. */
export async function startForgetful({ onUnknown = refuse, ...script }: ForgetfulScript = {}) {
  let sessions = 0;
  let isForgotten = false;
  const answer = legacyScript({
    sessionId: () => {
      isForgotten = false;
      sessions += 1;
      return `s${sessions}`;
    },
    ...script,
  });
  const server = await startScriptedHttp((exchange) => {
    const id = exchange.headers["mcp-session-id"];
    const isGone = id !== undefined && (isForgotten || id !== `s${sessions}`);
    if (isGone && exchange.method !== "DELETE") return onUnknown(exchange);
    return answer(exchange);
  });
  return Object.assign(server, {
    forget: () => {
      isForgotten = true;
    },
  });
}

function refuse(exchange: HttpExchange): void {
  const body = '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}';
  exchange.status(404, body, { "content-type": "application/json" });
}
