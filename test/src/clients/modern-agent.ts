import type { Client, ClientOptions, ConnectOptions } from "@modelcontextprotocol/client";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { clientFactsServer } from "../servers/support/local-fixtures.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";
import { everythingServer } from "../servers/support/real-servers.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";
import { connectV2, type V2End } from "../servers/support/v2-client.js";

/** An SDK v2 client in the modern era behind `fairlead serve`, whose servers run on an executor daemon. */
export interface ModernAgent extends V2End, AsyncDisposable {
  readonly home: TestHome;
  /** The same SDK in the legacy era, connected to server-everything without us. */
  readonly legacy: Client;
  /** Connects one more client to a gateway of its own; it is closed with the agent. */
  connectAnother(options: ClientOptions, connectOptions?: ConnectOptions): Promise<V2End>;
}

/** How the agent's client is made. */
export interface ModernAgentOptions {
  /** Announced by the modern and the legacy client alike. @default none */
  readonly capabilities?: NonNullable<ClientOptions["capabilities"]>;
  /** Sets handlers before each of the two clients connects. */
  readonly prepare?: (client: Client) => void;
}

/** Starts an executor, a gateway over the servers `ev` (everything), `fix` (fixture) and `facts`, and the clients. */
export async function openModernAgent(options: ModernAgentOptions = {}): Promise<ModernAgent> {
  const { capabilities = {}, prepare } = options;
  const stack = createDisposeStack();
  try {
    const executor = stack.use(await startTestExecutor());
    const servers = { ev: everythingServer(), fix: fixtureServer(), facts: clientFactsServer() };
    const home = stack.use(
      await createTestHome({
        servers: Object.fromEntries(
          Object.entries(servers).map(([name, server]) => [name, { ...server, executor: "devbox" }]),
        ),
        executors: { devbox: { url: executor.url } },
      }),
    );
    const surroundings = { env: { ...home.env }, cwd: home.folder.path };
    const [command, ...args] = home.command("serve");
    const connectAnother: ModernAgent["connectAnother"] = async (clientOptions, connectOptions) => {
      const end = await connectV2({ command, args, ...surroundings }, clientOptions, { connectOptions });
      stack.use({ [Symbol.asyncDispose]: end.close });
      return end;
    };
    const legacy = await connectV2({ ...everythingServer(), ...surroundings }, { capabilities }, { prepare });
    stack.use({ [Symbol.asyncDispose]: legacy.close });
    const modern = { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } };
    const end = await connectV2({ command, args, ...surroundings }, modern, { prepare });
    stack.use({ [Symbol.asyncDispose]: end.close });
    const dispose = stack[Symbol.asyncDispose];
    return { ...end, home, legacy: legacy.client, connectAnother, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Takes away what a modern result has beyond a legacy one: that it is whole, how long it may be kept, who answered. */
export function withoutModernMembers(result: object): object {
  const {
    resultType: _,
    ttlMs: __,
    cacheScope: ___,
    _meta: meta,
    ...rest
  } = result as Record<string, unknown>;
  const { "io.modelcontextprotocol/serverInfo": ____, ...others } = (meta ?? {}) as Record<string, unknown>;
  return Object.keys(others).length === 0 ? rest : { ...rest, _meta: others };
}
