/** Headers that carry the protocol itself; another value would break it. */
const reservedHeaders: ReadonlySet<string> = new Set([
  "accept",
  "connection",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "last-event-id",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const secretHeaders: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/** What is wrong with the address of a server; undefined if nothing. Never quotes it: it may hold a secret. */
export function httpUrlProblem(text: string): string | undefined {
  if (!/^https?:\/\/[^/]/i.test(text)) return "expected an address that begins with http:// or https://";
  if (!URL.canParse(text)) return "is not a valid address";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return "must not hold a user name or password; use env_http_headers or bearer_token_env_var";
  }
  return text.includes("#") ? "must not end in a #fragment, which is never sent" : undefined;
}

/** What is wrong with the name of a header that a server is to get; undefined if nothing. */
export function headerNameProblem(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return "the name of a header has only letters, digits and !#$%&'*+.^_`|~-";
  }
  return isReservedHeader(name) ? "this header belongs to the protocol and cannot be configured" : undefined;
}

/** What is wrong with passing on an agent's own header of that name; undefined if nothing. */
export function forwardedHeaderProblem(name: string): string | undefined {
  if (!secretHeaders.has(name.toLowerCase())) return headerNameProblem(name);
  return "an agent's own credentials are never passed on; the server needs ones of its own";
}

/** Whether a header belongs to HTTP or MCP itself. */
function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return reservedHeaders.has(lower) || lower.startsWith("mcp-");
}

/** What is wrong with the value of a header; undefined if nothing. Never quotes it. */
export function headerValueProblem(value: string): string | undefined {
  if (/[\r\n]/.test(value)) return "must not contain a line break";
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ? undefined
    : "contains a character that no header can carry";
}

/** The key that a credential belongs in, for a header whose value always is one; undefined for every other header. */
export function keyForSecretHeader(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (!secretHeaders.has(lower)) return undefined;
  return lower === "authorization" ? "bearer_token_env_var or env_http_headers" : "env_http_headers";
}
