import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type ChaosProxy, startChaosProxy } from "@fairlead/testkit";
import { type ExecutorDaemon, startDaemon } from "../../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../../failures/support/scene.js";

/** A daemon, a session with it, and where wished the line between them. Disposing it closes all of it. */
export interface Connected extends AsyncDisposable {
  readonly scene: Scene;
  readonly daemon: ExecutorDaemon;
  readonly session: ExecutorSession;
  /** The line; undefined on a unix socket. */
  readonly proxy: ChaosProxy | undefined;
  /** Opens one more session, without the line between. */
  open(): Promise<ExecutorSession>;
}

/** What the line is like. */
export interface LineOptions {
  readonly roundTripMs?: number | undefined;
  readonly bitsPerSecond?: number | undefined;
  /** @default the executor's */
  readonly detachTtlMs?: number | undefined;
}

/** Starts a daemon and connects: over a unix socket, or over TCP through a line. */
export async function connect(line?: LineOptions): Promise<Connected> {
  const scene = await createScene();
  const daemon = await startDaemon(scene, line === undefined ? {} : { listen: "127.0.0.1:0" });
  const proxy = line === undefined ? undefined : await startChaosProxy({ targetPort: daemon.port, ...line });
  const open = (url: string): Promise<ExecutorSession> =>
    connectExecutor({
      url,
      token: daemon.token,
      name: "far",
      clientName: "test",
      clientVersion: "0",
      detachTtlMs: line?.detachTtlMs,
    });
  const session = await open(proxy === undefined ? daemon.address : `grpc://127.0.0.1:${proxy.port}`);
  return {
    scene,
    daemon,
    session,
    proxy,
    open: () => open(daemon.address),
    [Symbol.asyncDispose]: async () => {
      if (session.state.state === "connected") await session.close({ stdinGraceMs: 0, termGraceMs: 0 });
      await proxy?.[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}
