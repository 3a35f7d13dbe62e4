import {
  Client as V2Client,
  type ClientOptions as V2Options,
  StreamableHTTPClientTransport as V2Transport,
} from "@modelcontextprotocol/client";
import {
  Client as V1Client,
  type ClientOptions as V1Options,
} from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { type HttpGateway, startHttpGateway } from "../../fidelity/support/start-http-gateway.js";
import { createTestHome, type TestHome } from "../../servers/support/create-test-home.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { fixtureServer } from "../../servers/support/raw-gateway.js";
import { everythingServer } from "../../servers/support/real-servers.js";

/** `fairlead serve --http` over the servers `ev` (everything) and `fix` (fixture), and official clients of it. */
export interface HttpAgents extends AsyncDisposable {
  readonly gateway: HttpGateway;
  readonly home: TestHome;
  /** Connects the official SDK v1 client; it is closed with the gateway. */
  connectV1(options?: V1Options, more?: AgentOptions<V1Client>): Promise<V1HttpAgent>;
  /** Connects the official SDK v2 client, in the era that the options ask for; it is closed with the gateway. */
  connectV2(options?: V2Options, more?: AgentOptions<V2Client>): Promise<V2HttpAgent>;
}

/** How an agent is made. */
export interface AgentOptions<C> {
  /** The endpoint of one server. @default the merged one */
  readonly server?: string;
  /** Sets handlers before the client connects. */
  readonly prepare?: (client: C) => void;
}

/** What came to an agent beside answers. */
export interface Heard {
  readonly notifications: readonly { readonly method: string; readonly params?: unknown }[];
  readonly complaints: readonly Error[];
}

/** An official SDK v1 client over HTTP. */
export interface V1HttpAgent extends Heard {
  readonly client: V1Client;
  readonly transport: V1Transport;
}

/** An official SDK v2 client over HTTP. */
export interface V2HttpAgent extends Heard {
  readonly client: V2Client;
  readonly transport: V2Transport;
}

/** Starts the gateway. */
export async function openHttpAgents(): Promise<HttpAgents> {
  const stack = createDisposeStack();
  const home = stack.use(await createTestHome({ servers: { ev: everythingServer(), fix: fixtureServer() } }));
  let gateway: HttpGateway;
  try {
    gateway = stack.use(await startHttpGateway(home));
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  const requestInit = { headers: { authorization: `Bearer ${gateway.token}` } };
  return {
    gateway,
    home,
    async connectV1(options, { server, prepare } = {}) {
      const client = new V1Client({ name: "test-client", version: "1.0.0" }, options);
      const heard = listenTo(client);
      prepare?.(client);
      const transport = new V1Transport(new URL(gateway.endpoint(server)), { requestInit });
      await client.connect(transport);
      stack.use({ [Symbol.asyncDispose]: () => client.close() });
      return { client, transport, ...heard };
    },
    async connectV2(options, { server, prepare } = {}) {
      const client = new V2Client({ name: "test-client", version: "2.0.0" }, options);
      const heard = listenTo(client);
      prepare?.(client);
      const transport = new V2Transport(new URL(gateway.endpoint(server)), { requestInit });
      await client.connect(transport);
      stack.use({ [Symbol.asyncDispose]: () => client.close() });
      return { client, transport, ...heard };
    },
    [Symbol.asyncDispose]: stack[Symbol.asyncDispose],
  };
}

function listenTo(client: object): Heard {
  const notifications: { method: string; params?: unknown }[] = [];
  const complaints: Error[] = [];
  Object.assign(client, {
    fallbackNotificationHandler: async (note: { method: string; params?: unknown }) =>
      void notifications.push(note),
    onerror: (error: Error) => void complaints.push(error),
  });
  return { notifications, complaints };
}
