import {
  createRawHttpClient,
  type RawHttpClient,
  type RawMessage,
  type RawPeer,
  spawnRawClient,
} from "@fairlead/testkit";
import { politely } from "../../fidelity/support/faces.js";
import { startHttpGateway } from "../../fidelity/support/start-http-gateway.js";
import {
  createTestHome,
  type TestHome,
  type TestHomeOptions,
} from "../../servers/support/create-test-home.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { fixtureServer } from "../../servers/support/raw-gateway.js";
import { startTestExecutor } from "../../servers/support/start-test-executor.js";

/** An embedding host at the merged endpoint of `fairlead serve`, before this machine and the executor `far`. */
export interface ControlEnd<Peer extends RawPeer = RawPeer> extends AsyncDisposable {
  readonly home: TestHome;
  readonly peer: Peer;
  /** What `initialize` was answered. */
  readonly capabilities: unknown;
}

/** The same over HTTP, which others can join. */
export interface ControlHttpEnd extends ControlEnd<RawHttpClient> {
  /** One more host; it ends with this, or when it ends its session. */
  join(): Promise<RawHttpClient>;
  readonly url: string;
  readonly token: string;
}

/** Opens it over stdio. The peer's input can be closed to let everything go. */
export async function openControlEnd(options: TestHomeOptions = {}): Promise<ControlEnd> {
  const stack = createDisposeStack();
  try {
    const home = stack.use(await createControlHome(stack, options));
    const launch = { env: home.env, cwd: home.folder.path };
    const peer = stack.use(politely(await spawnRawClient(home.command("serve"), launch)));
    const capabilities = await shakeHands(peer);
    return { home, peer, capabilities, [Symbol.asyncDispose]: stack[Symbol.asyncDispose] };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens it over HTTP. */
export async function openControlHttpEnd(options: TestHomeOptions = {}): Promise<ControlHttpEnd> {
  const stack = createDisposeStack();
  try {
    const home = stack.use(await createControlHome(stack, options));
    const gateway = stack.use(await startHttpGateway(home));
    const [url, token] = [gateway.endpoint(), gateway.token ?? ""];
    const open = async () => {
      const peer = stack.use(createRawHttpClient({ url, token }));
      const capabilities = await shakeHands(peer);
      await peer.openStream();
      return { peer, capabilities };
    };
    const join = async (): Promise<RawHttpClient> => (await open()).peer;
    return { home, url, token, ...(await open()), join, [Symbol.asyncDispose]: stack[Symbol.asyncDispose] };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits for what a listener of the session is told. @param isMeant picks it, by its params */
export async function nextTold(
  peer: RawPeer,
  sessionId: string,
  isMeant: (params: Told) => boolean,
): Promise<Told> {
  const message: RawMessage = await peer.nextMessage(
    ({ method, params }) =>
      method === "fairlead/sessions/notification" &&
      (params as Told)._meta.sessionId === sessionId &&
      isMeant(params as Told),
  );
  return message.params as Told;
}

/** Params of a session's notification, as far as tests look at them. */
export interface Told {
  readonly type: string;
  readonly event?: { readonly type: string; readonly data?: string; readonly offset?: number };
  readonly _meta: { readonly sessionId: string; readonly requestId: unknown };
}

/** Picks output that holds the text. */
export function hasOutput(text: string): (told: Told) => boolean {
  return ({ event }) => event?.data?.includes(text) === true;
}

async function createControlHome(
  stack: ReturnType<typeof createDisposeStack>,
  options: TestHomeOptions,
): Promise<TestHome> {
  // Disposed of after the gateway that uses it.
  const far = stack.use(await startTestExecutor());
  return createTestHome({
    executors: { far: { url: far.url } },
    servers: { fix: fixtureServer() },
    ...options,
  });
}

async function shakeHands(peer: RawPeer): Promise<unknown> {
  const answer = await peer.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: { experimental: { "fairlead/control": {} } },
    clientInfo: { name: "embedder", version: "1.0.0" },
  });
  await peer.notify("notifications/initialized");
  return (answer.result as { capabilities?: unknown } | undefined)?.capabilities;
}
