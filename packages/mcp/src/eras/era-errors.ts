import { type Era, modernVersions } from "./protocol-versions.js";

/** A JSON-RPC error object, ready to be sent. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The codes that say something about eras. */
export const eraErrorCodes = {
  methodNotFound: -32601,
  invalidParams: -32602,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
} as const;

/**
 * The request names a revision that we do not speak. An agent reads `data.supported` and tries again, so it lists the
 * modern revisions only: naming a legacy one here would be taken for an offer that `_meta` cannot accept.
 * @param requested what the agent named; undefined if it named none
 */
export function unsupportedVersionError(requested: string | undefined): RpcErrorObject {
  const { unsupportedProtocolVersion: code } = eraErrorCodes;
  const supported = [...modernVersions];
  const remedy = `Send ${supported.join(" or ")} in _meta, or open another connection with initialize.`;
  if (requested === undefined) {
    return { code, message: `The request names no protocol version. ${remedy}`, data: { supported } };
  }
  const message = `Unsupported protocol version: ${requested}. ${remedy}`;
  return { code, message, data: { supported, requested } };
}

/** The `_meta` of a modern request is incomplete or malformed. @param problem for example `missing` */
export function invalidEnvelopeError(key: string, problem: string): RpcErrorObject {
  return {
    code: eraErrorCodes.invalidParams,
    message: `Invalid _meta of a request of protocol revision ${modernVersions[0]}: ${key}: ${problem}`,
    data: { envelope: { key, problem } },
  };
}

/** The method existed before the agent's era and has no successor of this name. */
export function removedMethodError(method: string): RpcErrorObject {
  return {
    code: eraErrorCodes.methodNotFound,
    message: `Method not found: ${method} does not exist in protocol revision ${modernVersions[0]}`,
    data: { fairlead: { reason: "not_in_era", method, protocolVersion: modernVersions[0] } },
  };
}

/** Serving the request needs something that the agent did not declare. @param required only what is missing */
export function missingCapabilityError(required: Readonly<Record<string, unknown>>): RpcErrorObject {
  return {
    code: eraErrorCodes.missingClientCapability,
    message: `Missing required client capabilities: ${Object.keys(required).join(", ")}`,
    data: { requiredCapabilities: required },
  };
}

/**
 * Answers a legacy server whose request cannot be put to the modern agent behind it: its method has no modern form, or
 * it belongs to no call that could carry it.
 */
export function noEquivalentError(method: string, why: string): RpcErrorObject {
  return {
    code: eraErrorCodes.methodNotFound,
    message: `${method} cannot be passed on: the agent speaks MCP ${modernVersions[0]}, ${why}`,
    data: { fairlead: { reason: "no_equivalent_in_era", method, protocolVersion: modernVersions[0] } },
  };
}

/** Answers an agent whose request the server behind cannot be asked, because it speaks the other era. */
export function notInServerEraError(method: string, serverEra: Era): RpcErrorObject {
  const speaks = serverEra === "modern" ? `MCP ${modernVersions[0]}` : "an older revision of MCP";
  return {
    code: eraErrorCodes.methodNotFound,
    message: `${method} cannot be passed on: the server speaks ${speaks}, which has no such request`,
    data: { fairlead: { reason: "no_equivalent_in_era", method, serverEra } },
  };
}
