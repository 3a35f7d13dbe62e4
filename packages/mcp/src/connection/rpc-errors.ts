import type { CallAnswer } from "./types.js";

/** The JSON-RPC codes that this package answers with itself. */
export const rpcErrorCodes = { invalidRequest: -32600, methodNotFound: -32601, internal: -32603 } as const;

/** Makes the answer to a request that we refuse ourselves. */
export function rpcError(code: number, message: string, data?: unknown): CallAnswer {
  return { kind: "error", error: Buffer.from(JSON.stringify({ code, message, data })) };
}

/** Makes the answer to a request that nobody here can serve. */
export function methodNotFound(method: string): CallAnswer {
  return rpcError(rpcErrorCodes.methodNotFound, `Method not found: ${method}`);
}
