import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { spawnRawClient } from "../client/raw-client.js";
import { leakGuard } from "./leak-guard.js";
import { canCountProcesses } from "./process-table.js";

const idle = [process.execPath, "-e", "setInterval(() => {}, 1000)"];

test("is content when everything was disposed", async () => {
  const guard = leakGuard();
  {
    await using client = await spawnRawClient(idle);
    expect(client.pid).toBeGreaterThan(0);
  }
  await guard.expectNoLeaks();
});

test.runIf(canCountProcesses())("names a child process that still runs", async () => {
  const guard = leakGuard();
  await using client = await spawnRawClient(idle);
  await expect(guard.expectNoLeaks({ withinMs: 300 })).rejects.toThrow(
    new RegExp(`processes: ${client.pid} `),
  );
});

test("names a server and a timer that are still there", async () => {
  const guard = leakGuard();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const timer = setTimeout(() => undefined, 60_000);
  await expect(guard.expectNoLeaks({ withinMs: 300 })).rejects.toThrow(
    /1 × TCPServerWrap.*1 × Timeout|1 × Timeout.*1 × TCPServerWrap/,
  );
  clearTimeout(timer);
  server.close();
  await guard.expectNoLeaks();
});
