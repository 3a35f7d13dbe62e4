import { FairleadError, isJsonObject } from "@fairlead/core";
import type { McpCall } from "../connection/types.js";
import { parseRange } from "../envelope/members.js";
import { readSupportedVersions } from "../eras/discovered.js";
import { eraErrorCodes } from "../eras/era-errors.js";
import { modernVersions } from "../eras/protocol-versions.js";

/** The server speaks the modern era, and no revision of it that we speak. */
export function versionMismatchError(name: string, supported: readonly string[]): FairleadError {
  const theirs =
    supported.length === 0 ? "names no revision that it speaks" : `speaks ${supported.join(", ")}`;
  const message = `Server '${name}' ${theirs}; known without a handshake is ${modernVersions.join(", ")}: use a version of the server that speaks it, or a newer Fairlead`;
  return new FairleadError("protocol", message, {
    reason: "version_mismatch",
    effect: "none",
    // The reason alone would be taken for a mismatch with the executor.
    details: { server: name, supported: supported.join(","), failure: "protocol_error" },
  });
}

/** The server knows no modern revision, though it was told to be spoken to in one. */
export function notModernError(name: string, why: string): FairleadError {
  const message = `Server '${name}' does not speak MCP ${modernVersions[0]}: ${why}; set protocol to "auto" or "legacy"`;
  return new FairleadError("protocol", message, {
    reason: "version_mismatch",
    effect: "none",
    details: { server: name, era: "legacy", failure: "protocol_error" },
  });
}

/** A call whose time is used up. */
export function callTimeoutError(name: string, call: McpCall): FairleadError {
  const waited = `${String(call.timeoutMs)} ms`;
  const message = `Server '${name}' did not answer ${call.method} within ${waited}: allow it more time, or check whether it hangs`;
  return new FairleadError("deadline_exceeded", message, { details: { server: name } });
}

/** Something that the server did in answering a call and that the era does not allow. */
export function roundsError(name: string, method: string, what: string): FairleadError {
  return new FairleadError("protocol", `Server '${name}' ${what} while it answered ${method}`, {
    reason: "peer_error",
    details: { server: name },
  });
}

/** The code of a raw JSON-RPC error object. */
export function rpcCodeOf(errorRaw: Buffer): unknown {
  const error = parseRange(errorRaw);
  return isJsonObject(error) ? error["code"] : undefined;
}

/** @throws FairleadError `protocol` with reason `version_mismatch` if the server refuses our revision */
export function refuseMismatch(name: string, errorRaw: Buffer): void {
  const error = parseRange(errorRaw);
  if (!isJsonObject(error) || error["code"] !== eraErrorCodes.unsupportedProtocolVersion) return;
  throw versionMismatchError(name, readSupportedVersions(error["data"]));
}
