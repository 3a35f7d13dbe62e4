import {
  createRawHttpClient,
  type Envelope,
  type RawHttpClient,
  type RawPeer,
  spawnRawClient,
} from "@fairlead/testkit";
import { createTestHome } from "../../servers/support/create-test-home.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { startTestExecutor } from "../../servers/support/start-test-executor.js";
import { politely } from "./faces.js";
import { scriptedServer } from "./script.js";
import { startHttpGateway } from "./start-http-gateway.js";

/** Agents of the era without a handshake, before a server of either era. */
export interface ModernEnd<Peer extends RawPeer = RawPeer> extends AsyncDisposable {
  readonly toolName: "script";
  readonly peer: Peer;
  /** One more agent; it ends with this. */
  newPeer(envelope?: Envelope): Promise<Peer>;
}

/** The same over HTTP. */
export interface ModernHttpEnd extends ModernEnd<RawHttpClient> {
  readonly url: string;
  readonly token: string;
}

/** What leads to a server. */
export interface ModernOptions {
  /** The server's. */
  readonly era: "legacy" | "modern";
  /** As {@link scriptedServer} takes them. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** What agents can do unless a test says otherwise. */
const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** Opens the single endpoint, over stdio or HTTP, of a scripted server that runs on a separate executor. */
export async function openModernEnd(carrier: "stdio" | "http", options: ModernOptions): Promise<ModernEnd> {
  if (carrier === "http") return openModernHttpEnd(options);
  const { stack, home } = await openHome(options);
  const newPeer = async (envelope: Envelope = {}): Promise<RawPeer> => {
    const modern = { capabilities, ...envelope };
    const launch = { env: home.env, cwd: home.folder.path, modern };
    return stack.use(politely(await spawnRawClient(home.command("serve", "--server", "srv"), launch)));
  };
  const close = stack[Symbol.asyncDispose];
  return { toolName: "script", peer: await newPeer(), newPeer, [Symbol.asyncDispose]: close };
}

/** {@link openModernEnd} over HTTP. */
export async function openModernHttpEnd(options: ModernOptions): Promise<ModernHttpEnd> {
  const { stack, home } = await openHome(options);
  try {
    const gateway = stack.use(await startHttpGateway(home));
    const [url, token] = [gateway.endpoint("srv"), gateway.token ?? ""];
    const newPeer = async (envelope: Envelope = {}): Promise<RawHttpClient> =>
      stack.use(createRawHttpClient({ url, token, modern: { capabilities, ...envelope } }));
    const close = stack[Symbol.asyncDispose];
    return { url, token, toolName: "script", peer: await newPeer(), newPeer, [Symbol.asyncDispose]: close };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function openHome({ era, answers = {} }: ModernOptions) {
  const stack = createDisposeStack();
  const executor = stack.use(await startTestExecutor());
  const server = { ...scriptedServer({ era, answers }), executor: "other" };
  const executors = { other: { url: executor.url } };
  return { stack, home: stack.use(await createTestHome({ executors, servers: { srv: server } })) };
}
