import type { Fetch } from "@fairlead/core";
import type { BearerChallenge } from "../challenge/bearer-challenge.js";
import type { AuthorizationDiscovery } from "../discovery/discover-authorization.js";
import type { CallbackWishes } from "./callback-address.js";
import type { ConfiguredClient } from "./choose-client.js";
import type { ChosenScopes } from "./choose-scopes.js";
import type { LoginPlace, LoginUi } from "./login-ui.js";

/** Milliseconds that a person has for the browser. */
export const loginTimeLimitMs = 300_000;

/** Which server a login is for, and what is asked for. The part that people's and machines' logins share. */
export interface LoginTarget {
  /** For messages and lists. */
  readonly serverName: string;
  /** The endpoint as configured. */
  readonly serverUrl: string;
  /** The executor that requests leave from. @default "", this machine */
  readonly executor?: string | undefined;
  /** Of that place; discovery, registration and tokens leave through it. */
  readonly fetch: Fetch;
  /** What the server answered to a request without a token. @default it is asked */
  readonly challenge?: BearerChallenge | undefined;
  /** For this one login, over everything else; an empty list asks for none. */
  readonly scopes?: readonly string[] | undefined;
  /** As configured; an empty list asks for none. */
  readonly configuredScopes?: readonly string[] | undefined;
  /** The `resource` to ask for; false: none. @default what the server's metadata says */
  readonly resource?: string | false | undefined;
  /** Of several authorization servers of a server, this one. @default the first that can be used */
  readonly preferredIssuer?: string | undefined;
  /**
   * Whether a login whose scopes nobody on this side asked for is tried once without them, when the provider refuses them.
   * @default true
   */
  readonly retriesWithoutScopes?: boolean | undefined;
  /** Ends the login and everything that it opened. */
  readonly signal?: AbortSignal | undefined;
}

/** A login of a person. */
export interface LoginOptions extends LoginTarget {
  readonly ui: LoginUi;
  readonly place?: LoginPlace | undefined;
  /** A client that the authorization server knows. @default none */
  readonly client?: ConfiguredClient | undefined;
  /** The URL of a client metadata document, for servers that take such. */
  readonly clientMetadataUrl?: string | undefined;
  readonly callback?: CallbackWishes | undefined;
  /** What the person's browser opens in place of the authorization endpoint, where that has another address for it. */
  readonly browserAuthorizationUrl?: string | undefined;
  /** Whether to log in with a code that is typed in on another device. @default false */
  readonly device?: boolean | undefined;
  /** Whether the URL is shown only if no browser could be opened. @default false */
  readonly isSilent?: boolean | undefined;
  /** Told the URL at once, also when silent: for programs that show it in their own way. */
  readonly onUrl?: ((url: string) => void) | undefined;
  /** Milliseconds for the browser to come back. @default 300,000 */
  readonly timeLimitMs?: number | undefined;
}

/** A login under way, with what has been found out. */
export interface LoginSession {
  readonly options: LoginOptions;
  readonly discovery: AuthorizationDiscovery;
  readonly scopes: ChosenScopes;
  readonly resource: string | undefined;
}
