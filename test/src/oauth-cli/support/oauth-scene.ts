import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createScene, type Scene } from "../../failures/support/scene.js";
import { httpTable } from "../../http-cli/support/http-table.js";
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  startAuthorizationServer,
} from "../../oauth/support/authorization-server.js";
import {
  type ProtectedServer,
  type ProtectedServerOptions,
  startProtectedServer,
} from "../../oauth/support/protected-server.js";

/** A machine whose configuration has one server, `web`, that wants a login, and everything behind it. */
export interface OAuthScene extends AsyncDisposable {
  readonly scene: Scene;
  readonly authorization: AuthorizationServer;
  readonly server: ProtectedServer;
  /** The configuration: where logins are kept, and `web`. @param more further lines of its table */
  toml(more?: readonly string[]): string;
  /** What is kept of logins, as one text; empty if nothing is. */
  keptText(): Promise<string>;
}

/** What such a machine may be told. */
export interface OAuthSceneOptions {
  readonly authorization?: AuthorizationServerOptions;
  readonly server?: Omit<ProtectedServerOptions, "issuer">;
  /** Where logins are kept. @default "file" */
  readonly store?: "file" | "encrypted";
}

/** Starts it all. Disposing ends it all. */
export async function createOAuthScene(options: OAuthSceneOptions = {}): Promise<OAuthScene> {
  const authorization = await startAuthorizationServer(options.authorization);
  const server = await startProtectedServer({ issuer: authorization.issuer, ...options.server });
  const scene = await createScene();
  return {
    scene,
    authorization,
    server,
    toml: (more = []) =>
      `oauth_credentials_store = "${options.store ?? "file"}"\n${httpTable("web", server.url, more)}`,
    async keptText() {
      const folder = scene.folder.file("home/credentials");
      const names = await readdir(folder).catch(() => []);
      const files = names.filter((name) => name.endsWith(".json"));
      return (await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
    },
    [Symbol.asyncDispose]: async () => {
      await scene[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await authorization[Symbol.asyncDispose]();
    },
  };
}
