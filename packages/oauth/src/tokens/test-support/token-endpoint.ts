import { createDeferred, type Fetch } from "@fairlead/core";
import type { OAuthCredential } from "../../credential.js";

/** A token endpoint without a network: it rotates refresh tokens as a real one does, or answers what a test wants. */
export interface TokenEndpoint {
  readonly fetch: Fetch;
  /** The form of every request, in order. */
  readonly forms: readonly URLSearchParams[];
  /** The headers of every request, in order. */
  readonly headers: readonly Headers[];
  /** Answers the next requests in turn, before it behaves again. An error is thrown, as by the network. */
  readonly next: (Response | Error)[];
  /** Lets requests wait until the answer is called. */
  hold(): () => void;
}

/** The time at which every test of tokens begins, in milliseconds since the epoch. */
export const startMs = Date.UTC(2026, 0, 1);

/** Makes one. Only the latest refresh token, `refresh-N`, is good; its access tokens are `access-N` and live for an hour. */
export function createTokenEndpoint(): TokenEndpoint {
  let stage = 0;
  let gate: Promise<void> | undefined;
  const forms: URLSearchParams[] = [];
  const headers: Headers[] = [];
  const next: (Response | Error)[] = [];
  return {
    forms,
    headers,
    next,
    hold: () => {
      const opened = createDeferred<void>();
      gate = opened.promise;
      return () => opened.resolve();
    },
    fetch: async (_url, init) => {
      const form = new URLSearchParams(typeof init?.body === "string" ? init.body : "");
      forms.push(form);
      headers.push(new Headers(init?.headers));
      await gate;
      const scripted = next.shift();
      if (scripted instanceof Error) throw scripted;
      if (scripted !== undefined) return scripted;
      if (form.get("refresh_token") !== `refresh-${stage}`) return json({ error: "invalid_grant" }, 400);
      stage += 1;
      const names = { access_token: `access-${stage}`, refresh_token: `refresh-${stage}` };
      return json({ ...names, token_type: "bearer", expires_in: 3_600 });
    },
  };
}

/** An answer in JSON. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** A login at stage 0 whose access token ran out a minute before {@link startMs}. */
export function expiredCredential(more: Partial<OAuthCredential> = {}): OAuthCredential {
  return {
    serverName: "notes",
    executor: "",
    serverUrl: "https://notes.test/mcp",
    issuer: "https://issuer.test",
    tokenEndpoint: "https://issuer.test/token",
    clientId: "client",
    clientAuthentication: "none",
    accessToken: "access-0",
    tokenType: "Bearer",
    refreshToken: "refresh-0",
    scopes: ["read"],
    expiresAtMs: startMs - 60_000,
    savedAtMs: startMs - 3_660_000,
    ...more,
  };
}
