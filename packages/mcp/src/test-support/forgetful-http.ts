import { type LegacyScript, legacyScript, startScriptedHttp } from "./scripted-http.js";

/** Starts a server whose sessions the test ends: they are named s1, s2, and so on. */
export async function startForgetful(script: LegacyScript = {}) {
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
    if (isGone && exchange.method !== "DELETE") {
      const body = '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}';
      return exchange.status(404, body, { "content-type": "application/json" });
    }
    return answer(exchange);
  });
  return Object.assign(server, {
    forget: () => {
      isForgotten = true;
    },
  });
}
