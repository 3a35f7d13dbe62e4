import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { HttpServerConfig } from "../config.js";
import { failure, home, load } from "./load-fixture.js";

async function loginOf(toml: string): Promise<HttpServerConfig["login"]> {
  const { config, warnings } = await load(toml);
  expect(warnings).toEqual([]);
  return (config.servers.get("web") as HttpServerConfig).login;
}

describe("how a server is logged in to", () => {
  test("has nothing configured by default", async () => {
    const { config } = await load("");
    expect(config.logins).toEqual({ store: "auto" });
    expect(await loginOf("[mcp_servers.web]\nurl='https://x'")).toEqual({});
  });

  test("takes what holds for all servers, where the server says nothing else", async () => {
    const common = `
oauth_credentials_store = "file"
oauth_callback_port = 8123
oauth_callback_url = "https://desk.example/back?a=b"
oauth_client_metadata_url = "https://desk.example/client.json"
[mcp_servers.web]
url = "https://x"
`;
    const { config } = await load(common);
    expect(config.logins).toEqual({
      store: "file",
      callbackPort: 8123,
      callbackUrl: "https://desk.example/back?a=b",
      clientMetadataUrl: "https://desk.example/client.json",
    });
    expect(await loginOf(common)).toEqual({
      callbackPort: 8123,
      callbackUrl: "https://desk.example/back?a=b",
      clientMetadataUrl: "https://desk.example/client.json",
    });
    const own = `${common}oauth = { client_id = "c", client_secret_env = "S", authorization_url = "https://front.example/auth", callback_port = 1, callback_url = "http://127.0.0.1/cb" }
scopes = ["read", "tools:write"]
oauth_resource = "https://x/mcp"
`;
    expect(await loginOf(own)).toEqual({
      clientId: "c",
      clientSecretVar: "S",
      authorizationUrl: "https://front.example/auth",
      callbackPort: 1,
      callbackUrl: "http://127.0.0.1/cb",
      clientMetadataUrl: "https://desk.example/client.json",
      scopes: ["read", "tools:write"],
      resource: "https://x/mcp",
    });
  });

  test("may ask for no scope and name no resource", async () => {
    const login = await loginOf("[mcp_servers.web]\nurl='https://x'\nscopes=[]\noauth_resource=false");
    expect(login).toEqual({ scopes: [], resource: false });
  });

  test("may keep its client to one authorization server", async () => {
    const login = await loginOf(
      "[mcp_servers.web]\nurl='https://x'\noauth={client_id='c', issuer='https://login.example'}",
    );
    expect(login).toEqual({ clientId: "c", issuer: "https://login.example" });
  });

  test.each<[what: string, oauth: string, expected: object]>([
    ["a secret", "client_secret_env='S'", { kind: "secret", variable: "S" }],
    [
      "a key in a variable",
      "private_key_env='K', algorithm='PS256', key_id='k1'",
      { kind: "key", key: { kind: "env", name: "K" }, algorithm: "PS256", keyId: "k1" },
    ],
    [
      "a key in a file",
      "private_key_file='keys/web.pem'",
      { kind: "key", key: { kind: "file", path: join(home, "keys", "web.pem") } },
    ],
  ])("is made by a machine with %s", async (_, oauth, machine) => {
    const table = `{grant='client_credentials', client_id='m', ${oauth}}`;
    expect(await loginOf(`[mcp_servers.web]\nurl='https://x'\noauth=${table}`)).toMatchObject({
      clientId: "m",
      machine,
    });
  });

  test.each<[what: string, oauth: string, expected: string]>([
    [
      "no proof",
      "",
      "oauth.grant: client_credentials needs one of client_secret_env, private_key_env, private_key_file",
    ],
    [
      "two proofs",
      "client_secret_env='S', private_key_file='k'",
      "oauth.private_key_file: cannot stand beside client_secret_env; keep one of the two",
    ],
    [
      "two keys",
      "private_key_env='K', private_key_file='k'",
      "oauth.private_key_file: cannot stand beside private_key_env",
    ],
    [
      "an algorithm for a secret",
      "client_secret_env='S', algorithm='ES256'",
      "oauth.algorithm: is for a private key",
    ],
    [
      "an algorithm that proves nothing",
      "private_key_env='K', algorithm='none'",
      'oauth.algorithm: expected "ES256" or',
    ],
    [
      "a callback",
      "client_secret_env='S', callback_port=1",
      "oauth.callback_port: is for a login in a browser",
    ],
    [
      "a secret in the file",
      "client_secret='hidden'",
      "oauth.client_secret: a secret does not belong in a configuration file",
    ],
    [
      "a key in the file",
      "private_key='hidden'",
      "oauth.private_key: a private key does not belong in a configuration file",
    ],
  ])("is not made by a machine with %s", async (_, oauth, expected) => {
    const more = oauth === "" ? "" : `, ${oauth}`;
    const message = await failure(
      `[mcp_servers.a]\nurl='https://x'\noauth={grant='client_credentials', client_id='m'${more}}`,
    );
    expect(message).toContain(expected);
    expect(message).not.toContain("hidden");
  });

  test("is for connectors too", async () => {
    const { config } = await load("[connectors.web]\nurl='https://x'\nscopes=['a']");
    expect(config.connectors.get("web")?.login).toEqual({ scopes: ["a"] });
  });

  test.each([["auto"], ["keyring"], ["encrypted"], ["file"], ["keyring-direct"]])(
    "is kept in the store %s",
    async (store) => {
      expect((await load(`oauth_credentials_store='${store}'`)).config.logins.store).toBe(store);
    },
  );

  test.each<[what: string, toml: string, expected: string]>([
    [
      "another store",
      "oauth_credentials_store='vault'",
      'FILE:1: oauth_credentials_store: expected "auto" or "keyring" or "encrypted" or "file" or "keyring-direct", got "vault"',
    ],
    ["port 0", "oauth_callback_port=0", "FILE:1: oauth_callback_port: expected at least 1, got 0"],
    [
      "a port above all",
      "oauth_callback_port=65536",
      "oauth_callback_port: expected at most 65535, got 65536",
    ],
    [
      "a callback address that is none",
      "oauth_callback_url='localhost:80'",
      "FILE:1: oauth_callback_url: expected a whole address that begins with http:// or https://",
    ],
    [
      "a callback address with a password",
      "oauth_callback_url='http://me:hidden@x/'",
      "oauth_callback_url: must not hold a user name or password",
    ],
    [
      "a client document without TLS",
      "oauth_client_metadata_url='http://x/c.json'",
      "oauth_client_metadata_url: expected an address that begins with https://",
    ],
    [
      "a client document that is none",
      "oauth_client_metadata_url='https://x'",
      "oauth_client_metadata_url: must name a document",
    ],
    [
      "a server's own port",
      "[mcp_servers.a]\nurl='https://x'\noauth={callback_port=70000}",
      "FILE:3: mcp_servers.a.oauth.callback_port: expected at most 65535, got 70000",
    ],
    [
      "a server's own callback address",
      "[mcp_servers.a]\nurl='https://x'\noauth={callback_url='::'}",
      "mcp_servers.a.oauth.callback_url: expected a whole address",
    ],
    [
      "a secret without a client",
      "[mcp_servers.a]\nurl='https://x'\noauth={client_secret_env='A'}",
      "mcp_servers.a.oauth.client_secret_env: is the secret of a client; name that one in client_id",
    ],
    [
      "an issuer without a client",
      "[mcp_servers.a]\nurl='https://x'\noauth={issuer='https://login.example'}",
      "mcp_servers.a.oauth.issuer: is for a client that is configured",
    ],
    [
      "a machine without a client",
      "[mcp_servers.a]\nurl='https://x'\noauth={grant='client_credentials', private_key_env='K'}",
      "mcp_servers.a.oauth.grant: client_credentials needs client_id",
    ],
    [
      "a key for a person",
      "[mcp_servers.a]\nurl='https://x'\noauth={client_id='c', private_key_env='K'}",
      'mcp_servers.a.oauth.private_key_env: is for a machine that gets tokens by itself; set grant = "client_credentials"',
    ],
    [
      "several scopes in one",
      "[mcp_servers.a]\nurl='https://x'\nscopes=['read write']",
      "mcp_servers.a.scopes[0]: a scope has no space",
    ],
    [
      "a resource that is none",
      "[mcp_servers.a]\nurl='https://x'\noauth_resource='x'",
      "mcp_servers.a.oauth_resource: expected a whole address",
    ],
    [
      "a resource that is switched on",
      "[mcp_servers.a]\nurl='https://x'\noauth_resource=true",
      "mcp_servers.a.oauth_resource: expected false, got true",
    ],
    [
      "a server with a command",
      "[mcp_servers.a]\ncommand='x'\nscopes=[]",
      "mcp_servers.a.scopes: is for a server with a url, and this one has a command",
    ],
  ])("refuses %s", async (_, toml, expected) => {
    const message = await failure(toml);
    expect(message).toContain(expected);
    expect(message).not.toContain("hidden");
  });
});
