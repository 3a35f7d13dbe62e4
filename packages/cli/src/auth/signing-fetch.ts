import type { FairleadError, Fetch, FetchInit } from "@fairlead/core";
import type { BearerToken } from "@fairlead/oauth";
import {
  loginRequiredError,
  reauthenticationError,
  renewedTooLateError,
  scopesMissingError,
} from "./login-errors.js";
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
  /** @param token what the request was signed with */
  const signatureInstead = async (
    response: Response,
    token: string,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> => {
    const required = response.status === 403 ? missingScopes(response) : undefined;
    if (response.status === 403 && required === undefined) return undefined;
    const source = await tokens.source();
    if (required === undefined) {
      const renewed = await source?.refused(token, signal);
      return renewed === undefined ? undefined : note(renewed);
    }
    if (source === undefined) return undefined;
    const step = await source.stepUp(required, token);
    if (step.kind !== "granted") throw scopesMissingError(server, step.scopes);
    return note({ tokenType: "Bearer", accessToken: step.accessToken });
  };
  /** What to do about a 401. Somebody has to log in again only where a login was used. */
  const refusal = async (isSigned: boolean): Promise<FairleadError> => {
    const missing = (await (await tokens.source())?.missing()) ?? "login_required";
    const isOver = isSigned && missing === "reauthentication_required";
    return isOver ? reauthenticationError(server) : loginRequiredError(server);
  };
  /** Sends a refused request once more, or tells what has to be done. The response is used up if it is not given back. */
  const afterRefusal = async (
    response: Response,
    token: string | undefined,
    again: { readonly signal: AbortSignal | undefined; readonly send: Resend | undefined },
  ): Promise<Response> => {
    const instead = token === undefined ? undefined : await signatureInstead(response, token, again.signal);
    if (instead === undefined || again.send === undefined) {
      if (response.status !== 401) return response;
      throw instead === undefined ? await refusal(token !== undefined) : renewedTooLateError(server);
    }
    await dropped(response);
    const next = await again.send(instead);
    if (next.status !== 401) return next;
    await dropped(next);
    throw await refusal(true);
  };
  return {
    async sign() {
      try {
        const token = await (await tokens.source())?.token();
        return token === undefined ? undefined : note(token);
      } catch (thrown) {
        if (tokens.doesWithout(thrown)) return undefined;
        throw thrown;
      }
    },
    async fetch(url, init) {
      const response = await fetch(url, init);
      if (response.status !== 401 && response.status !== 403) return response;
      const sent = new Headers(init?.headers).get(header);
      if (sent !== null && !given.has(sent)) return response;
      const isSpent = init?.body instanceof ReadableStream;
      try {
        return await afterRefusal(response, sent === null ? undefined : given.get(sent), {
          signal: init?.signal ?? undefined,
          send: isSpent ? undefined : (signature) => fetch(url, signed(init, signature)),
        });
      } catch (thrown) {
        await dropped(response);
        throw thrown;
      }
    },
  };
}

type Resend = (signature: string) => Promise<Response>;

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
