import { type RawClient, type RawResult, spawnRawClient } from "@fairlead/testkit";
import {
  createTestHome,
  type TestHome,
  type TestHomeOptions,
} from "../../servers/support/create-test-home.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";

/** `fairlead serve` with an SDK-free agent of the modern era at its end. */
export interface ModernRawAgent extends AsyncDisposable {
  readonly client: RawClient;
  readonly home: TestHome;
  /** Sends a request with the agent's envelope. @returns its id */
  send(method: string, params?: object): Promise<number>;
  /** Sends a request and gives its result. @throws Error with the error's text */
  ask(method: string, params?: object): Promise<RawResult>;
  /** Calls a tool, with the answers to what was asked before. */
  callTool(name: string, more?: object): Promise<RawResult>;
}

/** Who the agent is, and what it connects to. */
export interface ModernRawOptions {
  /** Declared in every request. @default none */
  readonly capabilities?: object;
  /** More arguments of `serve`. */
  readonly flags?: readonly string[];
}

/** Starts `fairlead serve`. */
export async function openModernRawAgent(
  config: TestHomeOptions,
  { capabilities = {}, flags = [] }: ModernRawOptions = {},
): Promise<ModernRawAgent> {
  const stack = createDisposeStack();
  const home = stack.use(await createTestHome(config));
  const argv = home.command("serve", ...flags);
  const client = stack.use(await spawnRawClient(argv, { env: home.env, cwd: home.folder.path }));
  let lastId = 0;
  const send = async (method: string, params: object = {}): Promise<number> => {
    lastId += 1;
    const id = lastId;
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "fairlead-testkit", version: "0.1.0" },
      "io.modelcontextprotocol/clientCapabilities": capabilities,
      ...(params as { readonly _meta?: object })._meta,
    };
    await client.send({ jsonrpc: "2.0", id, method, params: { ...params, _meta } });
    return id;
  };
  const ask = async (method: string, params?: object): Promise<RawResult> => {
    const { result, error } = await client.waitForId(await send(method, params));
    if (result === undefined) throw new Error(`${method}: ${error?.message ?? "no result"}`);
    return result;
  };
  return {
    client,
    home,
    send,
    ask,
    callTool: (name, more = {}) => ask("tools/call", { name, arguments: {}, ...more }),
    [Symbol.asyncDispose]: async () => {
      client.closeStdin();
      await client.exited;
      await stack[Symbol.asyncDispose]();
    },
  };
}
