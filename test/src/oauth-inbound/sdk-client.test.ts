import {
  Client,
  type OAuthClientProvider,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { expect, test } from "vitest";
import { startAuthorizationServer } from "../oauth/support/authorization-server.js";
import { authorizeInBrowser } from "../oauth/support/browser.js";
import { startInboundScene } from "./support/inbound-scene.js";

/** Keeps everything of one login in memory. */
interface MemoryLogin {
  readonly provider: OAuthClientProvider;
  /** Where the person was sent. */
  page(): URL;
}

function createMemoryLogin(): MemoryLogin {
  let client: StoredOAuthClientInformation | undefined;
  let tokens: StoredOAuthTokens | undefined;
  let verifier = "";
  let page: URL | undefined;
  const redirectUrl = "http://127.0.0.1:9/callback";
  return {
    page: () => {
      if (page === undefined) throw new Error("Nobody was sent anywhere");
      return page;
    },
    provider: {
      redirectUrl,
      clientMetadata: {
        client_name: "sdk",
        redirect_uris: [redirectUrl],
        application_type: "native",
        token_endpoint_auth_method: "none",
      },
      clientInformation: () => client,
      saveClientInformation: (saved) => void (client = saved),
      tokens: () => tokens,
      saveTokens: (saved) => void (tokens = saved),
      redirectToAuthorization: (url) => void (page = url),
      saveCodeVerifier: (saved) => void (verifier = saved),
      codeVerifier: () => verifier,
    },
  };
}

test.each([
  ["the merged endpoint", "", "s__echo"],
  ["the endpoint of a server", "/s", "echo"],
])(
  "the official client finds the way in at %s: refused, metadata, login, call",
  async (_what, path, tool) => {
    await using authorization = await startAuthorizationServer({ accessTokenFormat: "jwt" });
    await using inbound = await startInboundScene(() => authorization);
    const url = new URL(`${inbound.gateway.url}${path}`);
    const login = createMemoryLogin();
    const connect = async (): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> => {
      const transport = new StreamableHTTPClientTransport(url, { authProvider: login.provider });
      const client = new Client({ name: "sdk", version: "1.0.0" });
      try {
        await client.connect(transport);
        return { client, transport };
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error;
        const { url: back } = await authorizeInBrowser(login.page(), { visitsCallback: false });
        await transport.finishAuth(new URL(back).searchParams);
        await transport.close();
        return connect();
      }
    };
    const { client } = await connect();
    try {
      expect(login.page().searchParams.get("resource")).toBe(url.href);
      expect(login.page().searchParams.get("scope")).toBe("mcp");
      const { content } = await client.callTool({ name: tool, arguments: { text: "through" } });
      expect(content).toEqual([{ type: "text", text: "through" }]);
    } finally {
      await client.close();
    }
  },
);
