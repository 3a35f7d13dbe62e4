import type { BearerVerdict } from "./bearer-verdict.js";

/** How a request is refused: its status, and headers that say what to do. */
export interface BearerRefusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a refusal says about us. */
export interface RefusalOptions {
  /** Where our metadata are: the `url` of the metadata. */
  readonly metadataUrl: string;
  /** What a client should ask for when it logs in. @default nothing is said */
  readonly scopes?: readonly string[] | undefined;
}

/**
 * Makes the refusal of a request (RFC 6750 3, RFC 9728 5.1).
 * @param verdict on its token; undefined: it had none, and then it is told no error
 */
export function refusalOfBearer(
  verdict: Exclude<BearerVerdict, { kind: "accepted" }> | undefined,
  { metadataUrl, scopes }: RefusalOptions,
): BearerRefusal {
  if (verdict?.kind === "unavailable") return { status: 503, headers: { "retry-after": "5" } };
  if (verdict?.kind === "misconfigured") return { status: 503, headers: { "retry-after": "60" } };
  const isInsufficient = verdict?.kind === "insufficient";
  const wanted = isInsufficient ? verdict.scopes : scopes;
  const parameters = [
    ...(verdict === undefined ? [] : [`error="${isInsufficient ? "insufficient_scope" : "invalid_token"}"`]),
    ...(wanted === undefined || wanted.length === 0 ? [] : [`scope="${quotable(wanted.join(" "))}"`]),
    `resource_metadata="${quotable(metadataUrl)}"`,
  ];
  return {
    status: isInsufficient ? 403 : 401,
    headers: { "www-authenticate": `Bearer ${parameters.join(", ")}` },
  };
}

/** Takes the token out of an Authorization header; undefined: there is none. */
export function bearerOf(authorization: string | null | undefined): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? "")?.[1];
}

function quotable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "").replaceAll(/["\\]/g, "\\$&");
}
