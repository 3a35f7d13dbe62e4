import { initializeRawClient, type RawClient, spawnRawClient } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack, type DisposeStack } from "../servers/support/dispose-stack.js";
import { politely } from "./support/faces.js";
import { respond, scriptedServer, scriptParams } from "./support/script.js";

describe.each([
  ["the merged endpoint", [], "srv__script"],
  ["the endpoint of one server", ["--server", "srv"], "script"],
] as const)("what %s makes of odd lines on stdin", (_, flags, toolName) => {
  let stack: DisposeStack;
  let home: TestHome;
  let client: RawClient;
  beforeEach(async () => {
    stack = createDisposeStack();
    home = stack.use(await createTestHome({ servers: { srv: scriptedServer() } }));
    const launch = { env: home.env, cwd: home.folder.path };
    client = stack.use(politely(await spawnRawClient(home.command("serve", ...flags), launch)));
    await initializeRawClient(client);
  });
  afterEach(async () => stack?.[Symbol.asyncDispose]());

  const call = (id: number | string): string =>
    JSON.stringify({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: scriptParams(toolName, [respond("{}")]),
    });

  test("a line that is no JSON gets -32700, and the next one is answered", async () => {
    await client.sendRaw(`{broken\n${call(101)}\n`);
    const refused = await client.nextMessage(({ id }) => id === null);
    expect(refused).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32700 } });
    expect((await client.waitForId(101)).result).toEqual({});
  });

  test("a batch gets one -32600, and the next line is answered", async () => {
    await client.sendRaw(`[${call(101)},${call(102)}]\n${call(103)}\n`);
    expect(await client.nextMessage(({ id }) => id === null)).toMatchObject({ error: { code: -32600 } });
    expect((await client.waitForId(103)).result).toEqual({});
    expect(client.messages.filter(({ id }) => id === 101 || id === 102)).toEqual([]);
  });

  test("CR LF, empty lines and lines in pieces are fine", async () => {
    const text = call("é-in-pieces");
    const bytes = Buffer.from(`\r\n\n${call("cr")}\r\n\n${text}`);
    for (let from = 0; from < bytes.length; from += 7) await client.sendRaw(bytes.subarray(from, from + 7));
    await client.sendRaw("\n");
    expect((await client.waitForId("cr")).result).toEqual({});
    expect((await client.waitForId("é-in-pieces")).result).toEqual({});
    expect(client.messages.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test("no line that goes out is anything but a message", async () => {
    await client.sendRaw(`${call(101)}\n`);
    await client.waitForId(101);
    expect(client.junk).toEqual([]);
    for (const line of client.lines) expect(line.includes(0x0d)).toBe(false);
  });

  test("many requests in one write are all answered", async () => {
    const ids = Array.from({ length: 200 }, (_unused, index) => index + 101);
    await client.sendRaw(`${ids.map(call).join("\n")}\n`);
    const answers = await Promise.all(ids.map((id) => client.waitForId(id)));
    expect(answers.every(({ result }) => result !== undefined)).toBe(true);
  });
});
