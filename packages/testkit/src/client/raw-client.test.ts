import { expect, test } from "vitest";
import { spawnRawClient } from "./raw-client.js";

const node = (script: string): string[] => [process.execPath, "-e", script];
const echo = node("process.stdin.pipe(process.stdout)");

test("matches answers to requests by id, in any order, and keeps what nobody waited for", async () => {
  const script = `let n = 0; require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id } = JSON.parse(line); n += 1; globalThis.first ??= id;
    if (n === 2) for (const answer of [id, first]) console.log(JSON.stringify({ jsonrpc: "2.0", id: answer, result: { for: answer } }));
    if (n === 1) console.log('{"jsonrpc":"2.0","method":"early"}') })`;
  await using client = await spawnRawClient(node(script));
  const one = client.request("a");
  const two = client.request("b", {}, { id: "two" });
  expect((await one).result).toEqual({ for: 1 });
  expect((await two).result).toEqual({ for: "two" });
  expect(client.messages).toHaveLength(3);
  await expect(client.nextMessage(({ method }) => method === "early")).resolves.toMatchObject({
    method: "early",
  });
  await expect(client.nextMessage(({ method }) => method === "early", 20)).rejects.toMatchObject({
    code: "deadline_exceeded",
  });
});

test("shows the exact bytes of every line, junk and an unterminated end included", async () => {
  await using client = await spawnRawClient(echo);
  await client.sendRaw('{"a":1}\r\nno json\n\n');
  await client.sendRaw(Buffer.from([0xff, 0x0a]));
  await client.sendRaw('[1]\n{"b":');
  await client.sendRaw("2}");
  client.closeStdin();
  await client.nextMessage((message) => message["b"] === 2);
  const expected = ['{"a":1}\r', "no json", "", "\u00ff", "[1]", '{"b":2}'];
  expect(client.lines).toEqual(expected.map((line) => Buffer.from(line, "latin1")));
  expect(client.junk).toEqual(["no json", "", "\ufffd", "[1]"]);
  expect(await client.exited).toMatchObject({ code: 0, signal: null });
});

test("a wait fails at once, with exit code and stderr, when the server dies", async () => {
  await using client = await spawnRawClient(node("console.error('out of luck'); process.exit(3)"));
  const startedAtMs = performance.now();
  await expect(client.waitForId(1)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/out of luck/),
  });
  expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  const exit = await client.exited;
  expect(exit.code).toBe(3);
  expect(exit.atMs).toBeGreaterThan(0);
  await expect(client.notify("late")).rejects.toMatchObject({ reason: "stdin_closed" });
});

test("disposing ends a server that ignores everything polite", async () => {
  const client = await spawnRawClient(
    node("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('{}')"),
  );
  await client.nextMessage(() => true);
  client.kill("SIGTERM");
  client.closeStdin();
  await client[Symbol.asyncDispose]();
  expect(await client.exited).toMatchObject({ signal: "SIGKILL" });
});
