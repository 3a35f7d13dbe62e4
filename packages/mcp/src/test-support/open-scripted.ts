import { type FairleadError, isFairleadError } from "@fairlead/core";
import type { CallAnswer, McpConnection } from "../connection/types.js";
import { type HttpConnectionOptions, openHttpConnection } from "../http/open-http-connection.js";
import type { HttpRequest, ScriptedHttp } from "./scripted-http.js";

/** Opens a connection of the legacy era to a scripted server. */
export function openScripted(
  server: Pick<ScriptedHttp, "endpoint">,
  extra: Partial<HttpConnectionOptions> = {},
): Promise<McpConnection> {
  const who = { name: "far", clientInfo: { name: "test", version: "1" }, capabilities: { roots: {} } };
  return openHttpConnection({ ...who, endpoint: server.endpoint, ...extra });
}

/** Waits for a promise that must fail with one of our errors, and gives the error. */
export async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  try {
    await promise;
  } catch (thrown) {
    if (isFairleadError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error("Expected a failure, but it succeeded");
}

/** The raw JSON of an answer of either kind. */
export function textOf(answer: CallAnswer): string {
  return (answer.kind === "result" ? answer.result : answer.error).toString("utf8");
}

/** Matches the POST of one method. */
export function isMethod(method: string): (request: HttpRequest) => boolean {
  return ({ rpc }) => rpc.method === method;
}
