import { isJsonObject, type JsonObject } from "@fairlead/core";
import { findMember, parseRange, sliceRange } from "../envelope/members.js";
import { memberRanges } from "./edit-members.js";
import { eraErrorCodes } from "./era-errors.js";
import { metaKeys } from "./meta-keys.js";
import { eraOf, modernVersions } from "./protocol-versions.js";

/** What a server's answer to `server/discover` says about it. */
export type Discovered =
  /** It speaks a modern revision that we speak too. */
  | { readonly kind: "modern"; readonly facts: ServerFacts }
  /** It does not know the modern era: it wants `initialize`. */
  | { readonly kind: "legacy"; readonly why: string }
  /** It refused a revision that it then named as its own: it is to be asked once more. */
  | { readonly kind: "again" }
  /** It is modern and shares no revision with us. */
  | { readonly kind: "mismatch"; readonly supported: readonly string[] };

/** A modern server, in the shape that `initialize` gave. */
export interface ServerFacts {
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  /** A result as that of `initialize`: the members keep the bytes that the server sent. */
  readonly initializeRaw: Buffer;
  /** The result itself, as it came. */
  readonly discoverRaw: Buffer;
}

/** Tells whether an error is one that only modern servers give. */
function isModernError(code: unknown): boolean {
  const { headerMismatch, missingClientCapability, unsupportedProtocolVersion } = eraErrorCodes;
  return [headerMismatch, missingClientCapability, unsupportedProtocolVersion].some(
    (known) => known === code,
  );
}

/** Reads the result of `server/discover`. Whatever is not one was made by a server that does not know the method. */
export function readDiscoverResult(resultRaw: Buffer): Discovered {
  const members = memberRanges(resultRaw);
  const versionsRange = members?.get("supportedVersions");
  const versions = versionsRange === undefined ? undefined : parseRange(resultRaw, versionsRange);
  if (members === undefined || !Array.isArray(versions)) {
    return { kind: "legacy", why: "its answer to server/discover lists no supportedVersions" };
  }
  const agreed = agreeOn(versions.filter((version) => typeof version === "string"));
  if (typeof agreed !== "string") return agreed;
  const pick = (key: string): Buffer | undefined => {
    const range = members.get(key);
    return range === undefined ? undefined : sliceRange(resultRaw, range);
  };
  const meta = pick("_meta");
  const identity =
    meta === undefined ? undefined : findMember(meta, { start: 0, end: meta.length }, metaKeys.serverInfo);
  const identityRaw = meta === undefined || identity === undefined ? undefined : sliceRange(meta, identity);
  const capabilitiesRaw = pick("capabilities") ?? Buffer.from("{}");
  const capabilities = parseRange(capabilitiesRaw);
  return {
    kind: "modern",
    facts: {
      protocolVersion: agreed,
      capabilities: isJsonObject(capabilities) ? capabilities : {},
      discoverRaw: resultRaw,
      initializeRaw: buildObject({
        protocolVersion: Buffer.from(JSON.stringify(agreed)),
        capabilities: isJsonObject(capabilities) ? capabilitiesRaw : Buffer.from("{}"),
        // A server need not say who it is; readers of a handshake expect that it does.
        serverInfo:
          identityRaw ?? pick("serverInfo") ?? Buffer.from('{"name":"unknown","version":"unknown"}'),
        instructions: pick("instructions"),
      }),
    },
  };
}

/** Reads a refusal of `server/discover`: only a modern server answers it with one of the modern errors. */
export function readDiscoverError(errorRaw: Buffer): Discovered {
  const error = parseRange(errorRaw);
  const { code, message, data } = isJsonObject(error) ? error : {};
  if (!isModernError(code)) return { kind: "legacy", why: `it refused server/discover: ${textOf(message)}` };
  if (code !== eraErrorCodes.unsupportedProtocolVersion) return { kind: "mismatch", supported: [] };
  const supported = readSupportedVersions(data);
  const agreed = agreeOn(supported);
  return typeof agreed === "string" ? { kind: "again" } : agreed;
}

/** Reads `supported` out of the data of "unsupported protocol version". */
export function readSupportedVersions(data: unknown): readonly string[] {
  const supported = isJsonObject(data) ? data["supported"] : undefined;
  return Array.isArray(supported) ? supported.filter((version) => typeof version === "string") : [];
}

function agreeOn(versions: readonly string[]): string | Discovered {
  const agreed = modernVersions.find((known) => versions.includes(known));
  if (agreed !== undefined) return agreed;
  const isLegacy = versions.length === 0 || versions.some((version) => eraOf(version) === "legacy");
  if (!isLegacy) return { kind: "mismatch", supported: versions };
  return { kind: "legacy", why: `it speaks ${versions.join(", ") || "no revision without a handshake"}` };
}

function buildObject(members: Readonly<Record<string, Buffer | undefined>>): Buffer {
  const parts: (Buffer | string)[] = [];
  for (const [key, raw] of Object.entries(members)) {
    if (raw !== undefined) parts.push(parts.length === 0 ? "{" : ",", `${JSON.stringify(key)}:`, raw);
  }
  parts.push("}");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function textOf(message: unknown): string {
  return typeof message === "string" ? message.slice(0, 200) : "no message";
}
