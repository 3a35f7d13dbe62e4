import { timingSafeEqual } from "node:crypto";
import { FairleadError } from "@fairlead/core";
import type { HttpAuth } from "./http-face.js";

/** Who sent a request, or what to answer instead. */
export type BearerCheck =
  | { readonly kind: "known"; readonly principal: string }
  | { readonly kind: "refused"; readonly challenge: string; readonly text: string };

/**
 * Makes the check of the Authorization header. Every token is compared, in constant time.
 * @throws FairleadError `usage` for a list without tokens, or a token that no header can carry
 */
export function createBearerCheck(auth: HttpAuth): (authorization: string | undefined) => BearerCheck {
  if (auth.kind === "none") return () => ({ kind: "known", principal: "local" });
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
  return (authorization) => {
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) {
      return {
        kind: "refused",
        challenge: 'Bearer realm="fairlead"',
        text: "Send the header Authorization: Bearer with the token of this endpoint",
      };
    }
    const shown = Buffer.from(token);
    // Only the length of a token can be told by the time that this takes.
    const [match] = known.filter(
      ({ bytes }) => bytes.length === shown.length && timingSafeEqual(bytes, shown),
    );
    if (match !== undefined) return { kind: "known", principal: match.name };
    return {
      kind: "refused",
      challenge: 'Bearer realm="fairlead", error="invalid_token"',
      text: "The token is not one of this endpoint",
    };
  };
}

function unusableToken(name: string): FairleadError {
  const text = `The token of ${JSON.stringify(name)} is empty or has characters that no header can carry: replace it`;
  return new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
}
