import { timingSafeEqual } from "node:crypto";
import { FairleadError } from "@fairlead/core";
import type { GuardVerdict, HttpAuth } from "./http-face.js";

/** What one request shows, and where it wants to go. */
export interface BearerQuestion {
  /** The header as it came. */
  readonly authorization: string | undefined;
  /** Undefined: the merged endpoint. */
  readonly server: string | undefined;
}

/** Tells who sent a request, or what to answer instead; at once, unless a guard has to be asked. */
export type BearerCheck = (question: BearerQuestion) => GuardVerdict | Promise<GuardVerdict>;

/**
 * Makes the check of the Authorization header. Every token is compared, in constant time.
 * @throws FairleadError `usage` for a list without tokens, or a token that no header can carry
 */
export function createBearerCheck(auth: HttpAuth): BearerCheck {
  if (auth.kind === "none") return () => ({ kind: "known", principal: "local" });
  const { guard } = auth;
  const known = auth.tokens.map(({ token, name }) => {
    if (!/^[\x21-\x7e]+$/.test(token)) throw unusableToken(name);
    return { name, bytes: Buffer.from(token) };
  });
  if (known.length === 0) {
    throw new FairleadError("usage", "There is no token that agents could show: give at least one", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  return ({ authorization, server }) => {
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    const shown = Buffer.from(token ?? "");
    // Only the length of a token can be told by the time that this takes.
    const [match] = known.filter(
      ({ bytes }) => bytes.length === shown.length && timingSafeEqual(bytes, shown),
    );
    if (match !== undefined) return { kind: "known", principal: match.name };
    if (guard !== undefined) return guard.check(token, server);
    return token === undefined
      ? refused(
          'Bearer realm="fairlead"',
          "Send the header Authorization: Bearer with the token of this endpoint",
        )
      : refused('Bearer realm="fairlead", error="invalid_token"', "The token is not one of this endpoint");
  };
}

function refused(challenge: string, text: string): GuardVerdict {
  return { kind: "refused", status: 401, headers: { "www-authenticate": challenge }, text };
}

function unusableToken(name: string): FairleadError {
  const text = `The token of ${JSON.stringify(name)} is empty or has characters that no header can carry: replace it`;
  return new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
}
