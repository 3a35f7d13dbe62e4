import type { StdioServerEntry } from "@fairlead/config";
import {
  fixtureServerPath,
  type InitializeOptions,
  initializeRawClient,
  type RawClient,
  type RawResult,
  spawnRawClient,
} from "@fairlead/testkit";
import { createTestHome, type TestHome, type TestHomeOptions } from "./create-test-home.js";
import { createDisposeStack } from "./dispose-stack.js";
import { testEnvironment } from "./test-environment.js";

/** `fairlead serve` with an SDK-free client at its end. */
export interface RawGateway extends AsyncDisposable {
  readonly client: RawClient;
  readonly home: TestHome;
  readonly initializeResult: RawResult;
}

/** Starts `fairlead serve` over the servers and shakes hands. */
export async function openRawGateway(
  config: TestHomeOptions,
  options: InitializeOptions = {},
): Promise<RawGateway> {
  const stack = createDisposeStack();
  try {
    const home = stack.use(await createTestHome(config));
    const client = stack.use(
      await spawnRawClient(home.command("serve"), { env: home.env, cwd: home.folder.path }),
    );
    const initializeResult = await initializeRawClient(client, options);
    const close = async (): Promise<void> => {
      client.closeStdin();
      await client.exited;
      await stack[Symbol.asyncDispose]();
    };
    return { client, home, initializeResult, [Symbol.asyncDispose]: close };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** The hostile fixture server as an entry of config.toml. */
export function fixtureServer(
  entry: Partial<StdioServerEntry> = {},
  ...flags: readonly string[]
): StdioServerEntry {
  return { command: process.execPath, args: [fixtureServerPath, ...flags], ...entry };
}

/** The fixture server without us, to compare with. Disposing ends it. */
export async function openRawDirect(home: string, options: InitializeOptions = {}): Promise<RawClient> {
  const client = await spawnRawClient([process.execPath, fixtureServerPath], {
    env: testEnvironment(home),
    cwd: home,
  });
  await initializeRawClient(client, options);
  return client;
}

/**
 * Sends a request as the very text, and gives the line of the answer, byte for byte, as text.
 * @param idRaw the request's id as it stands in the text
 */
export async function exchange(client: RawClient, text: string, idRaw: string): Promise<string> {
  const id: unknown = JSON.parse(idRaw);
  const answered = client.nextMessage((message) => message.method === undefined && Object.is(message.id, id));
  await client.sendRaw(`${text}\n`);
  const index = client.messages.indexOf(await answered);
  // Lines and messages are the same in number as long as no line is junk.
  if (client.junk.length > 0) throw new Error(`junk came: ${client.junk.join("; ")}`);
  return client.lines[index]?.toString("utf8") ?? "";
}
