import { parseJsonObject } from "@fairlead/core";
import { toExpiresAtMs } from "./expiry.js";

/** What a token endpoint granted, as far as it said. */
export interface GrantedTokens {
  readonly accessToken: string;
  readonly tokenType: string | undefined;
  readonly refreshToken: string | undefined;
  /** Undefined: it did not say, so it is what was asked for. */
  readonly scopes: readonly string[] | undefined;
  /** Milliseconds since the epoch; undefined: unknown. */
  readonly expiresAtMs: number | undefined;
}

/** What the body of a token endpoint's answer says, whatever its status. */
export type TokenAnswer =
  | { readonly kind: "granted"; readonly tokens: GrantedTokens }
  /** An error code of OAuth. Its description is a stranger's text. */
  | { readonly kind: "error"; readonly error: string; readonly description: string | undefined }
  | { readonly kind: "unreadable" };

/**
 * Reads an answer. It is lenient on purpose: a refresh token that was rotated is lost with the answer that brings it, so
 * nothing but a missing access token makes an answer worthless.
 * @param sentAtMs when the request was sent, in milliseconds since the epoch
 */
export function readTokenAnswer(body: string, sentAtMs: number): TokenAnswer {
  const fields = parseJsonObject(body);
  if (fields === undefined) return { kind: "unreadable" };
  const accessToken = bareToken(fields["access_token"]);
  if (accessToken !== undefined) {
    const scope = fields["scope"];
    return {
      kind: "granted",
      tokens: {
        accessToken,
        tokenType: textOf(fields["token_type"]),
        refreshToken: textOf(fields["refresh_token"]),
        scopes: typeof scope === "string" ? splitNames(scope) : undefined,
        expiresAtMs: toExpiresAtMs(fields["expires_in"], sentAtMs),
      },
    };
  }
  const error = textOf(fields["error"]);
  if (error === undefined) return { kind: "unreadable" };
  return { kind: "error", error, description: textOf(fields["error_description"]) };
}

/** A token as a header can carry it; some servers put the name of the scheme in front, which is sent once anyway. */
function bareToken(value: unknown): string | undefined {
  const bare = textOf(value)
    ?.trim()
    .replace(/^bearer(?:\s+|$)/i, "");
  return bare !== undefined && /^[\x21-\x7e]+$/.test(bare) ? bare : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function splitNames(text: string): readonly string[] {
  return [...new Set(text.split(/\s+/).filter((name) => name !== ""))];
}
