import { connect, type Socket } from "node:net";
import { isJsonObject, parseJsonObject } from "@fairlead/core";
import { maxControlLineBytes, readLine } from "./control-line.js";
import { findTarget, greetHost } from "./loopback-door.js";

/** A connection to a running host. Whoever opened it ends it. */
export interface ControlConnection extends Disposable {
  readonly socket: Socket;
  /** What came behind the latest answer. */
  readonly rest: Buffer;
  /**
   * Asks one question at a time.
   * @throws Error with the host's words where it refuses, or where it says nothing in time
   */
  request(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>;
}

/** Answers of a host are a matter of milliseconds; a list waits no longer than this for one that hangs. */
const controlPatienceMs = 300;

/** Connects to a host. @throws Error where nobody listens, or not within the time */
export async function connectControl(
  file: string,
  withinMs: number = controlPatienceMs,
): Promise<ControlConnection> {
  const { options, secret } = await findTarget(file);
  const socket = connect({ ...options, allowHalfOpen: true });
  const timer = setTimeout(() => socket.destroy(new Error("The host does not answer")), withinMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    if (secret !== undefined) await greetHost(socket, secret);
  } catch (cause) {
    socket.destroy();
    throw cause;
  } finally {
    clearTimeout(timer);
  }
  socket.on("error", () => socket.destroy());
  let rest: Buffer = Buffer.alloc(0);
  let lastId = 0;
  return {
    socket,
    get rest() {
      return rest;
    },
    async request(method, params = {}) {
      lastId += 1;
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params })}\n`);
      const silence = setTimeout(() => socket.destroy(), withinMs);
      const read = await readLine(socket, rest, 64 * maxControlLineBytes);
      clearTimeout(silence);
      if (read === undefined) throw new Error("The host did not answer");
      rest = read.rest;
      const answer = parseJsonObject(read.line) ?? {};
      const { result, error } = answer;
      if (isJsonObject(error)) throw new Error(String(error["message"]));
      return isJsonObject(result) ? result : {};
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
