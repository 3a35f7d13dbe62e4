import { createHash } from "node:crypto";
import {
  type LoopbackServer,
  type Routes,
  type SeenRequest,
  startLoopbackServer,
} from "./loopback-server.js";

/** A protected server and its authorization server, made by hand, on one origin. Any route can be replaced. */
export interface HandMadeProvider extends LoopbackServer {
  readonly serverUrl: string;
  /** The parameters of the latest request for an authorization. */
  readonly authorization: () => URLSearchParams;
  /** The forms that the token endpoint got. */
  readonly tokenForms: () => readonly URLSearchParams[];
  /** The metadata that clients registered with. */
  readonly registrations: () => readonly Readonly<Record<string, unknown>>[];
}

/** What is different from a provider as the book has it. */
export interface ProviderChanges {
  readonly routes?: (origin: string) => Routes;
  /** Members of the metadata of the authorization server; undefined takes one away. */
  readonly metadata?: (origin: string) => Readonly<Record<string, unknown>>;
  readonly resource?: (origin: string) => Readonly<Record<string, unknown>>;
  /** What the callback gets beside the state, or instead of a code. */
  readonly answer?: (origin: string, asked: URLSearchParams) => Readonly<Record<string, string>>;
}

/** Starts one. It checks PKCE like a real one. */
export async function startProvider(changes: ProviderChanges = {}): Promise<HandMadeProvider> {
  let asked = new URLSearchParams();
  const authorize = (origin: string, request: SeenRequest) => {
    asked = new URL(request.path, origin).searchParams;
    const back = new URL(asked.get("redirect_uri") ?? "");
    const answer = changes.answer?.(origin, asked) ?? { code: "the-code" };
    const parameters = { state: asked.get("state") ?? "", ...answer };
    for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
    return { status: 302, headers: { location: back.href } };
  };
  const token = ({ body }: SeenRequest) => {
    const form = new URLSearchParams(body);
    const hash = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isCode = form.get("grant_type") === "authorization_code";
    if (isCode && (form.get("code") !== "the-code" || hash !== asked.get("code_challenge"))) {
      return { status: 400, body: { error: "invalid_grant" } };
    }
    return {
      body: { access_token: "access-1", token_type: "bearer", refresh_token: "refresh-1", expires_in: 60 },
    };
  };
  const server = await startLoopbackServer((origin) => ({
    "/mcp": { status: 401, headers: { "www-authenticate": "Bearer" } },
    "/.well-known/oauth-protected-resource/mcp": {
      body: {
        resource: `${origin}/mcp`,
        authorization_servers: [origin],
        ...changes.resource?.(origin),
      },
    },
    "/.well-known/oauth-authorization-server": {
      body: {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        code_challenge_methods_supported: ["S256"],
        ...changes.metadata?.(origin),
      },
    },
    "/register": { status: 201, body: { client_id: "registered-1" } },
    "/authorize": (request) => authorize(origin, request),
    "/token": token,
    ...changes.routes?.(origin),
  }));
  const bodiesOf = (path: string): string[] =>
    server.seen.filter((request) => request.path === path).map(({ body }) => body);
  return {
    ...server,
    serverUrl: `${server.origin}/mcp`,
    authorization: () => asked,
    tokenForms: () => bodiesOf("/token").map((body) => new URLSearchParams(body)),
    registrations: () => bodiesOf("/register").map((body) => JSON.parse(body)),
  };
}
