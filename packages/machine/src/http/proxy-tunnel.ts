import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { FairleadError } from "@fairlead/core";
import { proxyError } from "./connect-errors.js";
import { describe } from "./http-errors.js";
import type { Proxy } from "./proxy-choice.js";

/**
 * Asks a proxy, over a connection to it, for a tunnel (HTTP CONNECT).
 * @returns the same socket, whose next byte is the destination's
 * @throws FairleadError `unavailable`/`proxy_failed`
 */
export async function openTunnel(
  socket: Socket,
  proxy: Proxy,
  target: string,
  signal: AbortSignal,
): Promise<Socket> {
  const headers: Record<string, string> = { host: target };
  if (proxy.authorization !== undefined) headers["proxy-authorization"] = proxy.authorization;
  const asked = request({
    method: "CONNECT",
    path: target,
    headers,
    signal,
    createConnection: () => socket,
  });
  const status = await new Promise<number>((resolve, reject) => {
    asked.once("connect", (response: IncomingMessage, _socket, head: Buffer) => {
      if (head.byteLength > 0) socket.unshift(head);
      resolve(response.statusCode ?? 0);
    });
    asked.once("error", (cause: Error) => {
      reject(proxyError(proxy.label, `broke off when asked for a tunnel (${describe(cause)})`, { cause }));
    });
    asked.end();
  });
  if (status >= 200 && status < 300) return socket;
  throw refusal(proxy, status, target);
}

/** The error for the answer of a proxy that does not let a request through. */
export function refusal(proxy: Proxy, status: number, target: string): FairleadError {
  const problem =
    status === 407
      ? "demands a login (407): put it into the proxy's URL, http://USER:PASSWORD@HOST:PORT"
      : `refuses a connection to ${target} (status ${status})`;
  return proxyError(proxy.label, problem, { status });
}
