import { expect, test } from "vitest";
import { openRawGateway } from "../servers/support/raw-gateway.js";
import { guardedServer } from "./support/guarded-gateway.js";

test("tools are renamed, described and hidden as configured, and called by their raw names", async () => {
  await using server = await guardedServer({
    disabled_tools: ["hid*"],
    tools: {
      keep: { rename: "store", description: "Stores something for good" },
      wipe: { rename: "look" },
    },
  });
  await using gateway = await openRawGateway({ servers: { box: server.entry } });
  const { client } = gateway;
  const { result } = await client.request("tools/list");
  const tools = result?.["tools"] as { name: string; description?: string }[];
  expect(tools.map(({ name }) => name)).toEqual(["box__look", "box__store", "box__wipe", "box__confirm"]);
  expect(tools[1]?.description).toBe("Stores something for good");
  expect(client.stderr()).toContain(
    'Tool "wipe" is not renamed to box__look, which is the name of its tool "look"',
  );
  await client.request("tools/call", { name: "box__store", arguments: { n: 1 } });
  const former = await client.request("tools/call", { name: "box__keep", arguments: {} });
  expect(former.error?.message).toBe("The tool box__keep is called box__store now");
  const hidden = await client.request("tools/call", { name: "box__hidden", arguments: {} });
  expect(hidden.error?.message).toContain("switched off");
  expect(await server.done()).toEqual(['keep {"n":1}']);
});

test("an agent that only knows tools reads resources through them", async () => {
  await using server = await guardedServer();
  await using gateway = await openRawGateway({
    servers: { box: server.entry, broken: { command: "no-such-program-anywhere" } },
    topLevel: "features = { resource_tools = true, fairlead = true }",
  });
  const { client } = gateway;
  const tools = (await client.request("tools/list")).result?.["tools"] as { name: string }[];
  const own = tools.map(({ name }) => name).filter((name) => name.startsWith("fairlead__"));
  expect(own.toSorted()).toEqual([
    "fairlead__list_resource_templates",
    "fairlead__list_resources",
    "fairlead__read_resource",
    "fairlead__reload",
    "fairlead__status",
  ]);
  const call = async (name: string, args: object) =>
    (await client.request("tools/call", { name, arguments: args }, { timeoutMs: 40_000 })).result;
  const listed = await call("fairlead__list_resources", {});
  expect(listed?.["structuredContent"]).toMatchObject({
    resources: expect.arrayContaining([
      { server: "box", uri: "test://text", name: "text", mimeType: "text/plain" },
      expect.objectContaining({ server: "fairlead", uri: "fairlead://logs/box" }),
    ]),
    failures: [{ server: "broken" }],
  });
  const image = await call("fairlead__read_resource", { server: "box", uri: "test://image" });
  expect(image?.["content"]).toEqual([{ type: "image", data: "iVBORwD/", mimeType: "image/png" }]);
  const status = await call("fairlead__status", {});
  expect(status?.["structuredContent"]).toMatchObject({
    servers: expect.arrayContaining([
      expect.objectContaining({ name: "box", state: "ready" }),
      expect.objectContaining({ name: "broken", state: expect.stringMatching(/failed|broken/) }),
    ]),
  });
  const log = await call("fairlead__read_resource", { server: "fairlead", uri: "fairlead://logs/broken" });
  expect(JSON.stringify(log)).toContain("failed (command_not_found)");
});
