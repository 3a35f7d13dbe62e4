import { processMarks } from "@fairlead/machine/process-mark";
import { type OAuthCredential, openCredentialStore } from "@fairlead/oauth";
import { createTempFolder, type RawClient, spawnRawClient, type TempFolder } from "@fairlead/testkit";
import { testEnvironment } from "../../servers/support/test-environment.js";
import { type AuthorizationServer, nativeClient } from "./authorization-server.js";
import { oauthScript } from "./start-program.js";

/** The steps of a renewal at which a program can kill itself, in their order. */
export const renewalSteps = [
  "before-lock",
  "locked",
  "before-request",
  "answered",
  "writing",
  "written",
  "done",
  "released",
] as const;

/** One of {@link renewalSteps}. */
export type RenewalStep = (typeof renewalSteps)[number];

/** What a program got. */
export interface TokenResult {
  readonly accessToken?: string | null;
  readonly error?: { readonly code: string; readonly reason: string; readonly message: string };
}

/** A program that waits to ask for a token. Disposing kills it. */
export interface TokenUser extends AsyncDisposable {
  readonly pid: number;
  /** Lets it ask. */
  go(): Promise<void>;
  /** What it got. */
  result(): Promise<TokenResult>;
  readonly exited: RawClient["exited"];
  kill(): void;
}

/** A store in a folder of its own that holds one login. Disposing removes it. */
export interface StoredLogin extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly serverUrl: string;
  read(): Promise<OAuthCredential>;
  write(credential: OAuthCredential): Promise<void>;
  /** Starts a program that is ready to ask for the token. */
  startUser(task?: { readonly killAt?: RenewalStep; readonly refusedToken?: string }): Promise<TokenUser>;
}

/** Logs in without a browser. @param more how the login is different, for example that it has expired */
export async function createStoredLogin(
  authorization: AuthorizationServer,
  serverUrl: string,
  more: Partial<OAuthCredential> = {},
): Promise<StoredLogin> {
  const folder = await createTempFolder("fl-tk-");
  const store = await openStore(folder.path);
  const key = { executor: "", serverUrl, issuer: authorization.issuer };
  await store.write({
    ...key,
    ...(await issuedCredential(authorization, serverUrl)),
    ...more,
  });
  return {
    folder,
    serverUrl,
    read: async () => {
      const answer = await store.read(key);
      if (answer.kind !== "found") throw new Error(`The store says ${JSON.stringify(answer)}`);
      return answer.value;
    },
    write: (credential) => store.write(credential),
    startUser: (task = {}) => startUser({ ...task, folder: folder.path, serverUrl }, folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A login at an authorization server with tokens that it just issued. */
async function issuedCredential(
  authorization: AuthorizationServer,
  serverUrl: string,
): Promise<OAuthCredential> {
  const { client_id: clientId } = nativeClient;
  const issued = await authorization.issue({ clientId, resource: serverUrl });
  return {
    serverName: "protected",
    executor: "",
    serverUrl,
    issuer: authorization.issuer,
    resource: serverUrl,
    tokenEndpoint: authorization.tokenEndpoint,
    clientId,
    clientAuthentication: "none",
    tokenType: "Bearer",
    scopes: ["mcp"],
    savedAtMs: Date.now(),
    ...issued,
  };
}

/** What makes a login one that ran out a second ago. */
export function expired(): Pick<OAuthCredential, "expiresAtMs"> {
  return { expiresAtMs: Date.now() - 1_000 };
}

function openStore(folder: string): ReturnType<typeof openCredentialStore> {
  const keyring = new Proxy({}, { get: neverAsked }) as Parameters<typeof openCredentialStore>[0]["keyring"];
  return openCredentialStore({
    setting: "file",
    folder,
    keyring,
    processes: processMarks,
    warn: neverWarned,
  });
}

function neverAsked(): never {
  throw new Error("The keyring is not asked here");
}

function neverWarned(text: string): void {
  throw new Error(text);
}

async function startUser(task: object, folder: string): Promise<TokenUser> {
  const argv = [process.execPath, oauthScript("token-user.mjs"), JSON.stringify(task)];
  const client = await spawnRawClient(argv, { cwd: folder, env: testEnvironment(folder) });
  try {
    await client.nextMessage((message) => "ready" in message, 20_000);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
  return {
    pid: client.pid,
    go: () => client.send({}),
    result: async () => (await client.nextMessage((message) => "done" in message, 30_000)) as TokenResult,
    exited: client.exited,
    kill: () => client.kill("SIGKILL"),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
