import { expect, test } from "vitest";
import { initializeRawClient } from "./client/initialize-raw-client.js";
import { type RawClient, spawnRawClient } from "./client/raw-client.js";
import type { RawResponse } from "./client/raw-peer.js";
import { runCommand } from "./commands/run-command.js";
import { readCompleteFile } from "./files/read-complete-file.js";
import { createTempFolder } from "./files/temp-folder.js";
import { fixtureServerPath } from "./fixture-server.js";
import { createMarker, processesWithMarker, waitUntilGone } from "./processes/marker.js";
import { canCountProcesses } from "./processes/process-table.js";

function startServer(...flags: readonly string[]): Promise<RawClient> {
  return spawnRawClient([process.execPath, fixtureServerPath, ...flags]);
}

interface ToolResult {
  readonly content: readonly { readonly text: string }[];
}

function callTool(client: RawClient, name: string, args: object = {}): Promise<RawResponse<ToolResult>> {
  return client.request<ToolResult>("tools/call", { name, arguments: args });
}

async function spawnChild(client: RawClient, args: object): Promise<number> {
  const { result } = await callTool(client, "spawn-child", args);
  return Number(result?.content[0]?.text);
}

test("ends with its input, and on SIGTERM", async () => {
  await using one = await startServer();
  await initializeRawClient(one);
  one.closeStdin();
  expect(await one.exited).toMatchObject({ code: 0 });
  await using two = await startServer();
  await initializeRawClient(two);
  two.kill("SIGTERM");
  expect(await two.exited).toMatchObject({ signal: "SIGTERM" });
});

test("--ignore-eof and --ignore-term leave only SIGKILL", async () => {
  await using client = await startServer("--ignore-eof", "--ignore-term");
  await initializeRawClient(client);
  client.kill("SIGTERM");
  expect((await callTool(client, "echo", { text: "still here" })).result).toBeDefined();
  await client.send({
    jsonrpc: "2.0",
    id: "late",
    method: "tools/call",
    params: { name: "sleep", arguments: { ms: 100 } },
  });
  client.closeStdin();
  // The answer comes after the end of input was seen, and nobody has exited.
  await client.waitForId("late");
  client.kill("SIGKILL");
  expect(await client.exited).toMatchObject({ signal: "SIGKILL" });
});

test("--garbage puts junk around messages, which stay whole", async () => {
  await using client = await startServer("--garbage");
  await initializeRawClient(client);
  await callTool(client, "echo", { text: "x" });
  expect(client.junk.length).toBeGreaterThanOrEqual(8);
  expect(client.junk).toContain('{"jsonrpc":"2.0","id":1,"result":');
});

test("--crlf ends every line with CR LF", async () => {
  await using client = await startServer("--crlf");
  await initializeRawClient(client);
  expect(client.lines.map((line) => line.at(-1))).toEqual([0x0d]);
});

test("--unterminated exits after a last answer without a newline", async () => {
  await using client = await startServer("--unterminated");
  await initializeRawClient(client);
  expect((await callTool(client, "big", { bytes: 500_000 })).result).toBeDefined();
  expect(await client.exited).toMatchObject({ code: 0 });
  const raw = await runCommand([process.execPath, fixtureServerPath, "--unterminated"], {
    input: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pid"}}\n',
  });
  expect(raw.stdout).toMatch(/^\{.*\}$/);
});

test("--exit-at-once says a word on stderr and exits with the code, as the exit tool does", async () => {
  const result = await runCommand([process.execPath, fixtureServerPath, "--exit-at-once", "9"]);
  expect(result).toMatchObject({ code: 9, stdout: "", stderr: expect.stringContaining("exits at once") });
  await using client = await startServer();
  await expect(callTool(client, "exit", { code: 4 })).rejects.toMatchObject({ code: "unavailable" });
  expect(await client.exited).toMatchObject({ code: 4 });
});

test("--no-handshake never answers initialize, --bad-handshake answers nonsense", async () => {
  await using silent = await startServer("--no-handshake");
  await expect(initializeRawClient(silent, { timeoutMs: 300 })).rejects.toMatchObject({
    code: "deadline_exceeded",
  });
  expect((await silent.request("ping")).result).toEqual({});
  await using mad = await startServer("--bad-handshake");
  expect(await initializeRawClient(mad)).toEqual({ protocolVersion: 42, capabilities: "all of them" });
});

test("--pid-file is complete when it can be read", async () => {
  await using folder = await createTempFolder();
  const path = folder.file("pid");
  await using client = await startServer("--pid-file", path);
  expect(await readCompleteFile(path, { withinMs: 5_000 })).toBe(String(client.pid));
});

test.runIf(canCountProcesses())(
  "--hold-stdout leaves somebody behind who keeps stdout open, and --marker finds them",
  async () => {
    const marker = createMarker();
    const flags = [["--hold-stdout"], ["--marker", marker]].flat();
    await using client = await startServer(...flags);
    await initializeRawClient(client);
    expect(processesWithMarker(marker)).toMatchObject([{ pid: client.pid }]);
    client.closeStdin();
    await client.exited;
    const left = processesWithMarker(marker);
    expect(left).toHaveLength(1);
    await expect(client.nextMessage(() => true, 50)).rejects.toMatchObject({ code: "deadline_exceeded" });
    await client[Symbol.asyncDispose]();
    await waitUntilGone(marker, { withinMs: 2_000 });
  },
);

test.runIf(canCountProcesses())(
  "spawn-child starts grandchildren that ignore TERM or leave the group",
  async () => {
    const marker = createMarker();
    await using client = await startServer("--marker", marker);
    await initializeRawClient(client);
    const stubborn = await spawnChild(client, { stubborn: true, hold_stdout: false });
    const detached = await spawnChild(client, { detached: true, hold_stdout: false });
    process.kill(stubborn, "SIGTERM");
    const alive = (): number[] =>
      processesWithMarker(marker)
        .map(({ pid }) => pid)
        .toSorted((a, b) => a - b);
    expect(alive()).toEqual([client.pid, stubborn, detached].toSorted((a, b) => a - b));
    await client[Symbol.asyncDispose]();
    await expect.poll(alive).toEqual([detached]);
    process.kill(detached, "SIGTERM");
    await waitUntilGone(marker, { withinMs: 2_000 });
  },
);
