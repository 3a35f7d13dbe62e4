import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpServerConfig } from "@fairlead/config";
import type { OAuthCredential } from "@fairlead/oauth";
import { type Credentials, createCredentials } from "./credentials.js";

/** A home folder that keeps logins in a plain file; for tests. It is removed at the end. */
export interface LoginScene extends AsyncDisposable {
  readonly home: string;
  /** The logins, as one more process has them. A warning is thrown. */
  open(): Credentials;
}

/** Makes one without any login. */
export async function createLoginScene(): Promise<LoginScene> {
  const home = await mkdtemp(join(tmpdir(), "fairlead-logins-"));
  return {
    home,
    open: () => createCredentials({ home, logins: { store: "file" }, env: {}, warn }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

function warn(text: string): never {
  throw new Error(text);
}

/** A login to a server, reached from this machine; for tests. */
export function loginTo(
  { name, url }: HttpServerConfig,
  more: Partial<OAuthCredential> = {},
): OAuthCredential {
  return {
    executor: "",
    serverUrl: url,
    issuer: "https://login.example",
    serverName: name,
    tokenEndpoint: "https://login.example/token",
    clientId: "c",
    clientAuthentication: "none",
    accessToken: "a",
    refreshToken: "r",
    tokenType: "Bearer",
    savedAtMs: 1,
    ...more,
  };
}
