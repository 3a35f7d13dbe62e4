import { type ErrorCode, type FairleadError, toFairleadError } from "@fairlead/core";
import { type CallAnswer, rpcError } from "@fairlead/mcp";

/** JSON-RPC and SDK codes that agents know: invalid params, connection closed, request timeout, internal error. */
const rpcCodes: Partial<Record<ErrorCode, number>> = {
  usage: -32602,
  not_found: -32602,
  forbidden: -32602,
  unavailable: -32000,
  deadline_exceeded: -32001,
};

/** Tells an agent about a failure of ours: a sentence for its model, and our code and details for programs. */
export function toRpcFailure(thrown: unknown): CallAnswer {
  const error: FairleadError = toFairleadError(thrown);
  const { code, details } = error.toJSON();
  return rpcError(rpcCodes[code] ?? -32603, error.message, { fairlead: { code, details } });
}
