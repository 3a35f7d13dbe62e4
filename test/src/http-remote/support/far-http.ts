import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutorLimits, FairleadError, Fetch } from "@fairlead/core";
import { startExecutor } from "@fairlead/executor";
import { type ConnectOptions, connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type ChaosProxy, createTempFolder, startChaosProxy } from "@fairlead/testkit";
import { expect } from "vitest";
import { createRawExecutor, type RawExecutor } from "../../failures/support/raw-executor.js";

/** How an executor with HTTP is reached. */
export interface FarHttpOptions {
  /** @default unix */
  readonly transport?: "unix" | "tcp" | undefined;
  readonly limits?: Partial<ExecutorLimits> | undefined;
  readonly session?: Partial<ConnectOptions> | undefined;
}

/** An executor in this process, a session with it, and the line between. Disposing it checks that no request is left. */
export interface FarHttp extends AsyncDisposable {
  readonly session: ExecutorSession;
  readonly fetch: Fetch;
  /** The line; undefined on a unix socket. */
  readonly proxy: ChaosProxy;
  readonly raw: RawExecutor;
  /** Opens one more session on the same line. */
  open(more?: Partial<ConnectOptions>): Promise<ExecutorSession>;
}

/** Starts one. */
export async function startFarHttp(options: FarHttpOptions = {}): Promise<FarHttp> {
  const folder = await createTempFolder("fl-");
  const bugs: string[] = [];
  const isUnix = options.transport !== "tcp";
  const executor = await startExecutor({
    listen: isUnix ? `unix://${folder.file("x.sock")}` : "127.0.0.1:0",
    stateDir: folder.path,
    version: "0",
    limits: options.limits,
    onInternalError: (error: FairleadError, where) => bugs.push(`${where}: ${error.message}`),
  });
  const token = executor.tokenPath === undefined ? undefined : await readToken(executor.tokenPath);
  const proxy = await startChaosProxy(
    isUnix
      ? { targetPath: executor.address.slice("unix://".length) }
      : { targetPort: Number(new URL(executor.address).port) },
  );
  const url = isUnix ? executor.address : `grpc://127.0.0.1:${proxy.port}`;
  const open = (more?: Partial<ConnectOptions>): Promise<ExecutorSession> =>
    connectExecutor({
      url,
      token,
      name: "far",
      clientName: "test",
      clientVersion: "0",
      ...options.session,
      ...more,
    });
  const raw = createRawExecutor(executor.address, token);
  const session = await open();
  return {
    session,
    fetch: session.fetch,
    proxy,
    raw,
    open,
    [Symbol.asyncDispose]: async () => {
      proxy.admit("carry");
      proxy.resume();
      await session.close({ stdinGraceMs: 0, termGraceMs: 0 }).catch(() => undefined);
      raw[Symbol.dispose]();
      await executor.close({ stdinGraceMs: 0, termGraceMs: 0 });
      await proxy[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
      expect(bugs).toEqual([]);
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

/** What a promise failed with; fails where it did not. */
export async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  return promise.then(
    () => {
      throw new Error("It went through");
    },
    (error: unknown) => error as FairleadError,
  );
}

async function readToken(path: string): Promise<string> {
  return (await readFile(path, "utf8")).trim();
}
