import { createHash, timingSafeEqual } from "node:crypto";
import { FairleadError } from "@fairlead/core";
import type { AuthorizationServer } from "../discovery/server-metadata.js";
import { withoutQuery } from "../discovery/url-rules.js";
import { describeProviderError, providerError } from "./provider-error.js";

/** Whether parameters are a whole answer to the request with that state: each once, and a code or an error. */
export function isAnswerTo(parameters: URLSearchParams, state: string): boolean {
  for (const name of ["state", "code", "error", "iss"]) {
    if (parameters.getAll(name).length > 1) return false;
  }
  const hasAnswer = (parameters.get("code") ?? "") !== "" || (parameters.get("error") ?? "") !== "";
  return hasAnswer && isSame(parameters.get("state") ?? "", state);
}

/** Reads what somebody pasted: the whole address that the browser came to, or only its parameters. */
export function pastedParameters(line: string, redirectUri: string): URLSearchParams | undefined {
  const text = line.trim().replaceAll(/^["'<]|[>"']$/g, "");
  if (URL.canParse(text)) {
    const url = new URL(text);
    return url.pathname === new URL(redirectUri).pathname ? url.searchParams : undefined;
  }
  return text.includes("=") ? new URLSearchParams(text.replace(/^\?/, "")) : undefined;
}

/**
 * Takes the code out of an answer whose state was right. Who sent it is checked first (RFC 9207): nothing of what somebody else
 * says is shown or used.
 * @throws FairleadError `protocol` `oauth_answer_invalid`, `forbidden` `oauth_denied` (details: `providerError`)
 */
export function codeOf(
  parameters: URLSearchParams,
  server: Pick<AuthorizationServer, "issuer" | "sendsIssuer">,
): string {
  const issuer = parameters.get("iss");
  if (issuer === null ? server.sendsIssuer : issuer !== server.issuer) {
    throw new FairleadError(
      "protocol",
      `The answer that the browser brought is not from ${withoutQuery(server.issuer)}, where the login began, so it was not used. ` +
        "Try again; if it stays, report it to the operator of the server",
      { reason: "oauth_answer_invalid" },
    );
  }
  const refusal = providerError(parameters);
  if (refusal !== undefined) {
    throw new FairleadError(
      "forbidden",
      `The login was refused by ${withoutQuery(server.issuer)}: ${describeProviderError(refusal)}. Try again, or ask its operator`,
      { reason: "oauth_denied", details: { providerError: refusal.code } },
    );
  }
  const code = parameters.get("code") ?? "";
  if (code !== "") return code;
  throw new FairleadError(
    "protocol",
    `The answer of ${withoutQuery(server.issuer)} holds neither a code nor an error`,
    {
      reason: "oauth_answer_invalid",
    },
  );
}

/** Compared in a time that tells nothing about where they differ. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
