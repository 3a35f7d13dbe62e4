import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fetch } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import { createTempFolder } from "@fairlead/testkit";
import { expect } from "vitest";
import {
  type FarExecutor,
  type FarExecutorOptions,
  startFarExecutor,
} from "../../failures/support/far-executor.js";

/** An executor in this process whose network is used. */
export interface FarHttp extends FarExecutor {
  readonly fetch: Fetch;
}

/** Starts one. */
export async function startFarHttp(options: FarExecutorOptions = {}): Promise<FarHttp> {
  const folder = await createTempFolder("fl-");
  const far = await startFarExecutor(options, folder);
  return {
    ...far,
    fetch: far.session.fetch,
    [Symbol.asyncDispose]: async () => {
      await far[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A server that only answers as a test tells it to. */
export interface WebServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  /** Sockets that are open. */
  readonly socketCount: () => number;
}

/** Starts one on a free port. */
export async function startWebServer(listener: RequestListener): Promise<WebServer> {
  const server: Server = createServer(listener);
  let sockets = 0;
  server.on("connection", (socket) => {
    sockets += 1;
    socket.on("close", () => (sockets -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    socketCount: () => sockets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Checks that a session makes requests as if nothing had been. */
export async function expectWorking(session: ExecutorSession): Promise<void> {
  await using web = await startWebServer((_, response) => response.end("fine"));
  expect(await (await session.fetch(web.url)).text()).toBe("fine");
  expect(session.state.state).toBe("connected");
}
