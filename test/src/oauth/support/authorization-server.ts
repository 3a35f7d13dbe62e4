import { controlProgram, startOauthProgram } from "./start-program.js";

/** What an authorization server offers, and how it behaves. */
export interface AuthorizationServerOptions {
  /** What it knows beside `openid` and `offline_access`. @default ["mcp", "admin"] */
  readonly scopes?: readonly string[];
  /** Seconds. @default 3,600 */
  readonly accessTokenTtlS?: number;
  /** Seconds. @default 86,400 */
  readonly refreshTokenTtlS?: number;
  /** Whether every refresh gives a new refresh token, and an old one that comes again ends the whole grant. @default true */
  readonly isRotating?: boolean;
  /** @default "opaque" */
  readonly accessTokenFormat?: "opaque" | "jwt";
  /** @default true */
  readonly isRegistrationOffered?: boolean;
  /** @default true */
  readonly isDeviceFlowOffered?: boolean;
  /** Whether scopes that it does not know are an error, sent to the callback. @default false: they are left out */
  readonly isStrictAboutScopes?: boolean;
  /** Clients that it knows from the start, as their metadata. */
  readonly clients?: readonly Readonly<Record<string, unknown>>[];
  /** Is in every secret, code and token that it makes, but those that are JSON Web Tokens. @default "CANARY" */
  readonly canary?: string;
  /** The resource of whoever names none. @default none */
  readonly defaultResource?: string;
  /** Where a browser finds it, if it is elsewhere than for programs. @default its issuer */
  readonly browserUrl?: string;
  /** Members of its metadata that are different; null takes one away. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Its signing keys. @default those that oidc-provider has for tests */
  readonly jwks?: { readonly keys: readonly object[] };
  /** @default a free one */
  readonly port?: number;
  /** Put before its command line, for example what gives it a network of its own. */
  readonly wrapper?: readonly string[];
}

/** What an authorization server did so far. The tables have names and numbers. */
export interface AuthorizationCounters {
  /** By path, those that a fault met included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Calls of the token endpoint by grant type, faults not counted. */
  readonly tokenCalls: Readonly<Record<string, number>>;
  readonly tokenSuccesses: Readonly<Record<string, number>>;
  /** By error code. */
  readonly tokenRefusals: Readonly<Record<string, number>>;
  /** How often a refresh token came that had been used. */
  readonly reuses: number;
  /** The most calls of the token endpoint that were under way at the same time. */
  readonly mostAtOnce: number;
}

/** Something that goes wrong, for the next `times` requests of `path`. */
export type AuthorizationFault = {
  /** @default "/token" */
  readonly path?: string;
  /** @default 1 */
  readonly times?: number;
} & (
  | {
      /** Answers this and does nothing. */
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** `drop` cuts the connection before the work, `drop-after` after it; `hold` waits for `release` after it, `hold-before` before it. */
  | { readonly kind: "drop" | "drop-after" | "hold" | "hold-before" }
  /** Takes so many milliseconds longer. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Changes members of the JSON answer; null takes one away. */
  | { readonly kind: "patch"; readonly members: Readonly<Record<string, unknown>> }
);

/** Tokens as after a login. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** A real authorization server in a process of its own. Disposing ends it. */
export interface AuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string;
  /** Is in every secret that it made. */
  readonly canary: string;
  readonly pid: number;
  counters(): Promise<AuthorizationCounters>;
  fault(fault: AuthorizationFault): Promise<void>;
  /** Settles once a request is held by a fault. */
  untilHeld(): Promise<void>;
  release(): Promise<void>;
  /** Issues tokens without a browser. */
  issue(what: {
    readonly clientId: string;
    readonly resource: string;
    readonly scopes?: readonly string[];
    /** Seconds. @default that of the server */
    readonly accessTokenTtlS?: number;
    /** Whose they are. @default "person" */
    readonly accountId?: string;
  }): Promise<IssuedTokens>;
  /** Makes every token worthless. */
  revokeEverything(): Promise<void>;
  stderr(): string;
}

/** A public client that every server of this suite may be told of: `clients: [nativeClient]`. */
export const nativeClient = {
  client_id: "native-client",
  application_type: "native",
  redirect_uris: ["http://127.0.0.1/callback"],
  token_endpoint_auth_method: "none",
} as const;

/** Starts one on a free port of this machine. */
export async function startAuthorizationServer({
  wrapper,
  ...options
}: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  const canary = options.canary ?? "CANARY";
  const whole = {
    scopes: ["mcp", "admin"],
    accessTokenTtlS: 3_600,
    refreshTokenTtlS: 86_400,
    isRotating: true,
    accessTokenFormat: "opaque",
    isRegistrationOffered: true,
    isDeviceFlowOffered: true,
    isStrictAboutScopes: false,
    clients: [nativeClient],
    metadata: {},
    ...options,
    canary,
  };
  const program = await startOauthProgram("authorization-server.mjs", whole, wrapper);
  const issuer = program.url;
  const control = (name: string, more?: object): Promise<unknown> => controlProgram(issuer, name, more);
  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    revocationEndpoint: `${issuer}/token/revocation`,
    canary,
    pid: program.pid,
    counters: async () => (await control("counters")) as AuthorizationCounters,
    fault: async (fault) => void (await control("fault", fault)),
    untilHeld: async () => void (await control("untilHeld")),
    release: async () => void (await control("release")),
    issue: async ({ scopes = ["mcp"], ...more }) =>
      (await control("issue", { ...more, scopes })) as IssuedTokens,
    revokeEverything: async () => void (await control("revokeEverything")),
    stderr: () => program.stderr(),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
