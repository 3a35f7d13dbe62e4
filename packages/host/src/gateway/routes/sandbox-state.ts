import { FairleadError } from "@fairlead/core";
import { wantsSandboxState } from "../../policy/sandbox-state.js";
import type { Route } from "../route.js";

/**
 * `codex/sandbox-state/update`: the agent says what its servers may do. It is answered once every server that is up and wants
 * to know goes by it; servers that come up later are told before their first call.
 */
export const updateSandboxState: Route = async (request, { servers, sandbox, isSingle }) => {
  const { message, params, signal } = request;
  const [only] = servers;
  if (isSingle) await only?.readyAgain();
  const willing = servers.filter(
    ({ connection }) => connection !== undefined && wantsSandboxState(connection),
  );
  if (isSingle && only !== undefined && willing.length === 0) {
    return request.call(only, { method: message.method, params });
  }
  const shared = willing.find(({ definition }) => definition.share === "all");
  if (shared !== undefined) {
    const text = `Server '${shared.name}' is shared with other agents, so it cannot go by this agent's sandbox state: set share = "client" for it`;
    throw new FairleadError("forbidden", text, { reason: "policy_denied", effect: "none" });
  }
  await sandbox.update(Buffer.from(params ?? "{}"), signal);
  return { kind: "result", result: Buffer.from("{}") };
};
