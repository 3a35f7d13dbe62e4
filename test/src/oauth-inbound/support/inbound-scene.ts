import { createRawHttpClient, type RawHttpAnswer, type RawHttpClient } from "@fairlead/testkit";
import { createScene, type Scene } from "../../failures/support/scene.js";
import { type AuthorizationServer, nativeClient } from "../../oauth/support/authorization-server.js";
import { type HttpGateway, startHttpGateway } from "../../serve-cli/support/http-gateway.js";

/** What a token is like. */
export interface TokenWishes {
  /** @default "anna" */
  readonly accountId?: string;
  /** @default the merged endpoint of the gateway */
  readonly resource?: string;
  /** @default ["mcp"] */
  readonly scopes?: readonly string[];
  /** Seconds. @default 3,600 */
  readonly accessTokenTtlS?: number;
}

/** A gateway over one server, `s`, that lets in by tokens of an authorization server with the scope `mcp`. */
export interface InboundScene extends AsyncDisposable {
  readonly scene: Scene;
  readonly gateway: HttpGateway;
  /** Issues a token as if somebody had logged in. */
  readonly token: (wishes?: TokenWishes) => Promise<string>;
  /** A client that shows a token. @param path behind the merged endpoint's, for example `/s` */
  readonly agent: (token: string | undefined, path?: string) => RawHttpClient;
  /** Sends a request that needs no session. @returns its answer, whose status is 401 or 403 where nobody came in */
  readonly knock: (token: string | undefined, path?: string) => Promise<RawHttpAnswer>;
}

/** What the configuration of the gateway says beside issuer and scopes. */
export interface InboundOptions {
  /** Lines of `[gateway.oauth]`. */
  readonly lines?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it. Disposing ends it, but not the authorization server. */
export async function startInboundScene(
  authorization: () => Pick<AuthorizationServer, "issuer" | "issue">,
  { lines = [], env = {} }: InboundOptions = {},
): Promise<InboundScene> {
  const scene = await createScene();
  try {
    const issuer = JSON.stringify(authorization().issuer);
    const table = ["[gateway.oauth]", `issuer = ${issuer}`, 'scopes = ["mcp"]', ...lines, ""].join("\n");
    await scene.configure(`${table}${scene.server("s")}`);
    const gateway = await startHttpGateway(scene, [], env);
    const agent = (token: string | undefined, path = ""): RawHttpClient =>
      createRawHttpClient({ url: `${gateway.url}${path}`, token });
    return {
      scene,
      gateway,
      token: async (wishes = {}) => {
        const { client_id: clientId } = nativeClient;
        const whole = { clientId, accountId: "anna", resource: gateway.url, ...wishes };
        return (await authorization().issue(whole)).accessToken;
      },
      agent,
      knock: async (token, path) => {
        await using client = agent(token, path);
        const answer = await client.post(initialize).answer;
        await answer.body;
        return answer;
      },
      [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scene[Symbol.asyncDispose]();
    throw error;
  }
}

const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "knock", version: "1" } },
});
