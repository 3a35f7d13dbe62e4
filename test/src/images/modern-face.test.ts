import { createRawHttpClient, fixtureServerPath, type RawPeer, spawnRawClient } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { politely } from "../fidelity/support/faces.js";
import { startHttpGateway } from "../fidelity/support/start-http-gateway.js";
import { createTestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";

const scenarios = [
  "image_only",
  "text_then_image",
  "image_then_text",
  "text_only",
  "multiple_valid_images",
  "invalid_base64_then_image",
  "invalid_image_bytes_then_image",
];

describe("pictures and texts of a server on another machine, to agents of the era without a handshake", () => {
  const stack = createDisposeStack();
  let stdio: RawPeer;
  let single: RawPeer;
  let merged: RawPeer;
  let direct: RawPeer;
  beforeAll(async () => {
    const executor = stack.use(await startTestExecutor());
    const server = { command: process.execPath, args: [fixtureServerPath] };
    const home = stack.use(
      await createTestHome({
        executors: { other: { url: executor.url } },
        servers: { srv: { ...server, executor: "other" } },
      }),
    );
    const where = { env: home.env, cwd: home.folder.path };
    const modern = { capabilities: {} };
    direct = stack.use(politely(await spawnRawClient([server.command, ...server.args], where)));
    stdio = stack.use(politely(await spawnRawClient(home.command("serve"), { ...where, modern })));
    const gateway = stack.use(await startHttpGateway(home));
    const { token } = gateway;
    single = stack.use(createRawHttpClient({ url: gateway.endpoint("srv"), token, modern }));
    merged = stack.use(createRawHttpClient({ url: gateway.endpoint(), token, modern }));
  });
  afterAll(async () => stack[Symbol.asyncDispose]());

  async function contentOf(peer: RawPeer, name: string, scenario: string): Promise<string> {
    const answer = await peer.request("tools/call", { name, arguments: { scenario } });
    return /"content":(\[.*?\])(?:[,}])/.exec(peer.textOf(answer))?.[1] ?? peer.textOf(answer);
  }

  test.each(scenarios)("of %s are the same bytes over stdio and HTTP", async (scenario) => {
    const expected = await contentOf(direct, "image_scenario", scenario);
    expect(expected).toMatch(/^\[\{"type":"(?:image|text)"/);
    expect(await contentOf(stdio, "srv__image_scenario", scenario)).toBe(expected);
    expect(await contentOf(single, "image_scenario", scenario)).toBe(expected);
    expect(await contentOf(merged, "srv__image_scenario", scenario)).toBe(expected);
  });
});
