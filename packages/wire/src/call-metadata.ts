import { FairleadError } from "@fairlead/core";
import { Metadata } from "@grpc/grpc-js";

const sessionKey = "fairlead-session";
const epochKey = "fairlead-epoch";

/** Names the session, and the attachment to it, that a call belongs to. */
export interface SessionRef {
  readonly sessionId: string;
  readonly epoch: number;
}

/** Writes what every call of a client carries: its bearer token, where it has one, and its session. */
export function createCallMetadata(token: string | undefined, session?: SessionRef): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  if (session !== undefined) {
    metadata.set(sessionKey, session.sessionId);
    metadata.set(epochKey, String(session.epoch));
  }
  return metadata;
}

/**
 * Reads the session that a call belongs to.
 * @throws FairleadError `usage` if the call names none
 */
export function readSessionRef(metadata: Metadata): SessionRef {
  const sessionId = textOf(metadata, sessionKey);
  const epoch = textOf(metadata, epochKey);
  if (sessionId === undefined || epoch === undefined || !/^\d{1,15}$/.test(epoch)) {
    throw new FairleadError("usage", `This call needs the metadata ${sessionKey} and ${epochKey}`, {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  return { sessionId, epoch: Number(epoch) };
}

/** Reads the bearer token of a call, if it has one. */
export function readBearerToken(metadata: Metadata): string | undefined {
  const match = /^Bearer (\S+)$/i.exec(textOf(metadata, "authorization") ?? "");
  return match?.[1];
}

/** Tells whether a call came out of a web page: browsers always say where they are, and none has business here. */
export function hasBrowserOrigin(metadata: Metadata): boolean {
  return textOf(metadata, "origin") !== undefined;
}

function textOf(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === "string" ? value : undefined;
}
