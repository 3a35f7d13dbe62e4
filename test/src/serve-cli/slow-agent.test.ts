import { spawn } from "node:child_process";
import { once } from "node:events";
import { binaryCommand, canCountProcesses } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { startHttpGateway, untilSaid } from "./support/http-gateway.js";

/** Asks for far more answers than may wait for it, and reads none of them. @returns how its `serve` ended */
async function askWithoutReading(scene: Scene): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const [program, ...args] = [...binaryCommand("fairlead"), "serve"];
  const child = spawn(program, args, { cwd: scene.folder.path, env: scene.env });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // It ends with much of this unread.
  child.stdin.on("error", () => {});
  const clientInfo = { name: "slow", version: "1" };
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const messages: object[] = [{ id: 0, method: "initialize", params: hello }];
  for (let id = 1; id <= 60_000; id += 1) messages.push({ id, method: "ping" });
  const lines = messages.map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }));
  child.stdin.write(`${lines.join("\n")}\n`);
  const [code] = (await once(child, "exit")) as [unknown];
  return { code, stderr };
}

describe.skipIf(!canCountProcesses())("an agent that reads nothing of what it asks for", () => {
  const reason = /^fairlead: .*The agent was let go of: \d+ bytes waited for it/m;

  test("is let go of with exit code 6 and the reason", async () => {
    await using scene = await createScene();
    await scene.configure("max_message_bytes = 1048576\n");
    const { code, stderr } = await askWithoutReading(scene);
    expect(stderr).toMatch(reason);
    expect(code).toBe(6);
  });

  test("is told the same through a hub, which goes on and has it in its log", async () => {
    await using scene = await createScene();
    await scene.configure("max_message_bytes = 1048576\n");
    const hub = await startHttpGateway(scene);
    const { code, stderr } = await askWithoutReading(scene);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain("is gone");
    expect(code).toBe(6);
    await untilSaid(hub.process, "fairlead: session agent-1 was ended: The agent was let go of:");
  });
});
