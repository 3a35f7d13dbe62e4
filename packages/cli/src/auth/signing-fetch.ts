import type { Fetch, FetchInit } from "@fairlead/core";
import type { BearerToken } from "@fairlead/oauth";
import { loginRequiredError, reauthenticationError, scopesMissingError } from "./login-errors.js";
import { missingScopes } from "./missing-scopes.js";
import type { RequestTokens } from "./request-tokens.js";

/** Who signs the requests, and to whom. */
export interface SigningOptions {
  /** The server's name, for messages. */
  readonly server: string;
  readonly fetch: Fetch;
  readonly tokens: RequestTokens;
}

/** A fetch whose requests may be signed, and the signature to put on them. */
export interface SigningFetch {
  readonly fetch: Fetch;
  /** The Authorization of the next request; undefined: it goes unsigned. @throws FairleadError as `TokenSource.token` */
  sign(): Promise<string | undefined>;
}

/** Signatures that requests on their way may still carry. */
const keptSignatures = 4;

/**
 * Makes a fetch for a server that may want a login. A request that was refused for its signature (it has done nothing) goes
 * out once more where there is a newer one; else what has to be done is told as an error. A request that carries credentials
 * of its own, those of its call for example, is refused for those.
 */
export function createSigningFetch({ server, fetch, tokens }: SigningOptions): SigningFetch {
  const given = new Map<string, string>();
  const note = (token: BearerToken): string => {
    const signature = `${token.tokenType} ${token.accessToken}`;
    given.delete(signature);
    given.set(signature, token.accessToken);
    const [oldest] = given.keys();
    if (given.size > keptSignatures && oldest !== undefined) given.delete(oldest);
    return signature;
  };
  const signatureInstead = async (
    response: Response,
    sent: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> => {
    const source = await tokens.source();
    if (response.status === 401) {
      const renewed = sent === undefined ? undefined : await source?.refused(sent, signal);
      return renewed === undefined ? undefined : note(renewed);
    }
    const required = missingScopes(response);
    if (required === undefined || source === undefined || sent === undefined) return undefined;
    const step = await source.stepUp(required, sent);
    if (step.kind !== "granted") throw scopesMissingError(server, step.scopes);
    return note({ tokenType: "Bearer", accessToken: step.accessToken });
  };
  const refuse = async (response: Response): Promise<Response> => {
    if (response.status !== 401) return response;
    const source = await tokens.source();
    const missing = (await source?.missing()) ?? "login_required";
    await dropped(response);
    throw missing === "login_required" ? loginRequiredError(server) : reauthenticationError(server);
  };
  return {
    async sign() {
      const token = await (await tokens.source())?.token();
      return token === undefined ? undefined : note(token);
    },
    async fetch(url, init) {
      const response = await fetch(url, init);
      if (response.status !== 401 && response.status !== 403) return response;
      const sent = new Headers(init?.headers).get(header);
      if (sent !== null && !given.has(sent)) return response;
      const token = sent === null ? undefined : given.get(sent);
      let instead: string | undefined;
      try {
        instead = await signatureInstead(response, token, init?.signal ?? undefined);
      } catch (thrown) {
        await dropped(response);
        throw thrown;
      }
      if (instead === undefined || init?.body instanceof ReadableStream) return refuse(response);
      await dropped(response);
      return refuse(await fetch(url, signed(init, instead)));
    },
  };
}

const header = "authorization";

function signed(init: FetchInit | undefined, signature: string): FetchInit {
  const headers = new Headers(init?.headers);
  headers.set(header, signature);
  return { ...init, headers };
}

async function dropped(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {
    // It broke off by itself, which is as good.
  });
}
