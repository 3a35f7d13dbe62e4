import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  canCountProcesses,
  processesWithMarker,
  type RawClient,
  type RawResponse,
  waitUntilGone,
} from "@fairlead/testkit";
import { expect, test } from "vitest";
import { openRawGateway } from "../servers/support/raw-gateway.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";

const toolNames = [
  "run_command",
  "write_stdin",
  "interrupt",
  "read_file",
  "write_file",
  "list_dir",
  "find_files",
];
const options = { capabilities: { elicitation: {} } };
const topLevel = "features = { devbox = true }";

/** Calls a tool and allows it once. @returns the structured result and the question */
async function callAllowed(client: RawClient, name: string, args: object) {
  const answered: Promise<RawResponse<{ structuredContent?: object }>> = client.request("tools/call", {
    name,
    arguments: args,
  });
  const question = await client.nextMessage(({ method }) => method === "elicitation/create");
  const result = { action: "accept", content: { decision: "allow once" } };
  await client.send({ jsonrpc: "2.0", id: question.id, result });
  const { message } = question.params as { message: string };
  return { content: (await answered).result?.structuredContent, message };
}

test.skipIf(!canCountProcesses())(
  "this machine is offered, and what ran on it is gone with the agent",
  async () => {
    const gateway = await openRawGateway({ topLevel }, options);
    const { client, home } = gateway;
    const tools = (await client.request("tools/list")).result?.["tools"] as { name: string }[];
    expect(tools.map(({ name }) => name)).toEqual(toolNames.map((name) => `devbox_local__${name}`));
    await callAllowed(client, "devbox_local__write_file", { path: "made.txt", content: "by a devbox\n" });
    expect(await readFile(join(home.folder.path, "made.txt"), "utf8")).toBe("by a devbox\n");
    const run = await callAllowed(client, "devbox_local__run_command", {
      command: ["sh", "-c", "cat made.txt; sleep 600 & exit 0"],
      env: { FAIRLEAD_TEST_MARKER: home.marker },
      wait_ms: 1_000,
    });
    expect(run.message).toContain('to run on "local"?');
    expect(run.content).toMatchObject({ output: "by a devbox\n" });
    const sleeping = processesWithMarker(home.marker).filter(({ cmdline }) => cmdline[0] === "sleep");
    expect(sleeping).toHaveLength(1);
    const startedAtMs = performance.now();
    client.closeStdin();
    expect(await client.exited).toMatchObject({ code: 0 });
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    await waitUntilGone(home.marker, { withinMs: 5_000 });
    await gateway[Symbol.asyncDispose]();
  },
);

test("every configured executor is offered, and works on its own files", async () => {
  await using executor = await startTestExecutor();
  await using gateway = await openRawGateway(
    { topLevel, executors: { far: { url: executor.url } } },
    options,
  );
  const { client } = gateway;
  const tools = (await client.request("tools/list")).result?.["tools"] as { name: string }[];
  expect(tools.map(({ name }) => name).filter((name) => name.startsWith("devbox_far__"))).toHaveLength(7);
  const written = await callAllowed(client, "devbox_far__write_file", { path: "a/b.txt", content: "far\n" });
  expect(written.message).toContain('to run on "far"?');
  expect(written.message).toContain("(new)\n@@ -0,0 +1,1 @@\n+far");
  const run = await callAllowed(client, "devbox_far__run_command", { command: ["cat", "a/b.txt"] });
  expect(run.content).toMatchObject({ output: "far\n", exitCode: 0 });
  const found = await client.request("tools/call", {
    name: "devbox_far__find_files",
    arguments: { query: "b.txt" },
  });
  expect(found.result?.["structuredContent"]).toMatchObject({ matches: [{ path: "a/b.txt" }] });
});

test("an agent that cannot ask is told what allows a command, and that does allow it", async () => {
  const call = { name: "devbox_local__run_command", arguments: { command: ["echo", "ran"] } };
  let advice: string | undefined;
  {
    await using gateway = await openRawGateway({ topLevel });
    const refused = (await gateway.client.request("tools/call", call)).result;
    expect(refused).toMatchObject({ isError: true });
    const text = JSON.stringify(refused?.["content"]).replaceAll('\\"', '"');
    advice = /approval = "approve" under (\[[^\]]+\])/.exec(text)?.[1];
    expect(advice).toBe("[built_ins.devbox_local.tools.run_command]");
  }
  await using gateway = await openRawGateway({ topLevel: `${topLevel}\n${advice}\napproval = "approve"` });
  const allowed = (await gateway.client.request("tools/call", call)).result;
  expect(allowed?.["structuredContent"]).toMatchObject({ output: "ran\n", exitCode: 0 });
});
