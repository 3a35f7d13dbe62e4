import { readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import type { RawHttpClient, RawPeer } from "@fairlead/testkit";
import { type Scene, serverTable } from "../../failures/support/scene.js";
import type { HttpGateway } from "../../serve-cli/support/http-gateway.js";

const fixture = fileURLToPath(new URL("../fixtures/flood-server.mjs", import.meta.url));

/** How a flood is. */
export interface Flood {
  /** Of each message. */
  readonly bytes: number;
  /** @default as many as are read */
  readonly perSecond?: number;
}

/** A table of a server that floods when it is told to. @param more further lines of its table */
export function floodServer(scene: Scene, more: readonly string[] = []): string {
  return serverTable("s", [process.execPath, fixture, scene.marker], more);
}

/** Begins a flood. @returns the server's process id */
export async function beginFlood(agent: RawPeer, flood: Flood): Promise<number> {
  return Number(await textOf(agent, "s__flood", flood));
}

/** Calls a tool of the server and gives what it said. */
export async function textOf(agent: RawPeer, name: string, args: object = {}): Promise<string> {
  const call = await agent.request<{ content: { text: string }[] }>("tools/call", { name, arguments: args });
  return call.result?.content[0]?.text ?? JSON.stringify(call);
}

/** Memory of a process that is in use, in bytes. */
export function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}

/** Bytes that a process has written in its life. */
export function writtenBytes(pid: number): number {
  const [, bytes] = /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8")) ?? [];
  return Number(bytes);
}

/** Opens the standing stream of a session and reads nothing of it. Whoever opened it destroys it. */
export function openUnread(gateway: HttpGateway, client: RawHttpClient): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      accept: "text/event-stream",
      authorization: `Bearer ${gateway.token}`,
      "mcp-session-id": client.sessionId,
    };
    const request = get(gateway.url, { headers, agent: false }, (response) => resolve(response.pause()));
    request.on("error", reject);
  });
}
