import { wantsSandboxState } from "../../policy/sandbox-state.js";
import { foreignStateError, hasForeignState } from "../../policy/shared-sandbox.js";
import type { Route } from "../route.js";

/**
 * `codex/sandbox-state/update`: the agent says what its servers may do. It is answered once every server that is up and wants
 * to know goes by it; servers that come up later are told before their first call. Those that other agents use too cannot go
 * by it: the first one that is up is the answer, and calls to any of them fail from then on.
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
  await sandbox.update(Buffer.from(params ?? "{}"), signal);
  const shared = willing.find(hasForeignState);
  if (shared !== undefined) throw foreignStateError(shared.name);
  return { kind: "result", result: Buffer.from("{}") };
};
