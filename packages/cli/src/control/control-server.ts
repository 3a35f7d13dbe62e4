import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { FairleadError, toFairleadError } from "@fairlead/core";
import { processMark } from "@fairlead/machine/process-mark";
import { maxControlLineBytes, readLine } from "./control-line.js";
import { type ControlRequest, parseControlRequest } from "./control-messages.js";
import { hubEnding, runFolder, socketEnding } from "./control-paths.js";
import { admitClient, createDoorSecret, publishDoor } from "./loopback-door.js";
import { sweepRunFolder } from "./sweep-run-folder.js";

/** Answers a request with the result that is sent. @throws whatever is then told as an error */
export type ControlMethod = (params: ControlRequest["params"]) => unknown;

/** What a host offers on its control socket. */
export interface ControlOptions {
  readonly home: string;
  readonly methods: Readonly<Record<string, ControlMethod>>;
  /**
   * Makes this host one that agents attach to: called for a request `attach`, before it is answered with an empty result.
   * What it returns then owns the connection, whose bytes are those of the agent from there on.
   * @throws FairleadError to refuse the agent
   */
  readonly attach?: LineTaker | undefined;
  /** A port of this machine where there are no socket files. @default what this system has */
  readonly door?: "socket" | "port" | undefined;
  /** The same for a request `attach/watch`, on whose connection an attached agent's process is told things for people. */
  readonly watch?: LineTaker | undefined;
}

/** Looks at the params of a request, and gives what owns its connection then. @throws FairleadError to refuse it */
export type LineTaker = (params: ControlRequest["params"]) => (line: AttachedLine) => void;

/** The connection of an attached agent. */
export interface AttachedLine {
  readonly socket: Socket;
  /** What came behind the request already. */
  readonly early: Buffer;
}

/** The open control socket of this process. Closing it ends every connection but those of attached agents. */
export interface ControlSocket extends AsyncDisposable {
  close(): Promise<void>;
}

/** The shortest limit of the systems we know, without the NUL. */
const longestAddressBytes = 103;

/**
 * Opens this process's control socket in the home, readable by its owner alone, and tidies up after dead hosts.
 * @throws FairleadError `unavailable` if there can be none; a host works without it too
 */
export async function openControlSocket(options: ControlOptions): Promise<ControlSocket> {
  const folder = runFolder(options.home);
  const mark = processMark();
  const file = join(folder, `${mark}${socketEnding}`);
  const hub = join(folder, `${mark}${hubEnding}`);
  const hasPort = (options.door ?? (process.platform === "win32" ? "port" : "socket")) === "port";
  if (!hasPort && Buffer.byteLength(file) > longestAddressBytes) {
    throw new FairleadError("unavailable", `The path ${file} is too long for a control socket`, {
      effect: "none",
    });
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The secret of the door is for those alone who can read the folder, and modes say nothing there.
  if (process.platform === "win32") await closeFolder(folder);
  await sweepRunFolder(options.home);
  // The mark of this process is its alone, but for systems that do not tell when one began.
  await Promise.all([rm(file, { force: true }), rm(hub, { force: true })]);
  const secret = hasPort ? createDoorSecret() : undefined;
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => connections.delete(socket));
    void serveConnection(socket, secret, options).then((isAttached) => {
      if (isAttached) connections.delete(socket);
    });
  });
  try {
    const port = await listen(server, hasPort ? { host: "127.0.0.1", port: 0 } : { path: file });
    if (secret === undefined) await chmod(file, 0o600);
    else await publishDoor(file, { port, secret });
  } catch (cause) {
    server.close();
    throw cause;
  }
  if (options.attach !== undefined) await writeFile(hub, "", { mode: 0o600 });
  // It must never keep a host alive that has ended otherwise.
  server.unref();

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await rm(hub, { force: true });
      server.close();
      for (const socket of connections) socket.destroy();
      await rm(file, { force: true });
    })();
    return closing;
  };
  return { close, [Symbol.asyncDispose]: close };
}

/** Serves a connection to its end. @returns whether it is now somebody else's */
async function serveConnection(
  socket: Socket,
  secret: string | undefined,
  options: ControlOptions,
): Promise<boolean> {
  const said = secret === undefined ? Buffer.alloc(0) : await admitClient(socket, secret);
  if (said === undefined) return false;
  let rest: Buffer = said;
  for (;;) {
    const read = await readLine(socket, rest, maxControlLineBytes);
    if (read === undefined) {
      socket.end();
      return false;
    }
    rest = read.rest;
    let id: ControlRequest["id"] | null = null;
    try {
      const request = parseControlRequest(read.line);
      id = request.id;
      const take = takerOf(request, options);
      if (take !== undefined) {
        // Its end was told before anybody could listen to it.
        if (socket.destroyed) return false;
        const own = take(request.params);
        write(socket, { id, result: {} });
        own({ socket, early: rest });
        return true;
      }
      write(socket, { id, result: (await methodOf(request, options)(request.params)) ?? {} });
    } catch (thrown) {
      write(socket, { id, error: toWire(thrown) });
    }
  }
}

function takerOf({ method }: ControlRequest, { attach, watch }: ControlOptions): LineTaker | undefined {
  if (method === "attach") return attach;
  return method === "attach/watch" ? watch : undefined;
}

function methodOf({ method }: ControlRequest, { methods }: ControlOptions): ControlMethod {
  const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(methods).join(", ");
  throw new FairleadError(
    "not_found",
    `There is no control method ${JSON.stringify(method)}; known are ${known}`,
    {
      reason: "argument_invalid",
      effect: "none",
      details: { method },
    },
  );
}

function write(socket: Socket, message: object): void {
  if (socket.writable) socket.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

/** Our own codes are texts, so they travel beside the number that JSON-RPC asks for. */
function toWire(thrown: unknown): object {
  const error = toFairleadError(thrown).toJSON();
  return { code: -32_000, message: error.message, data: error };
}

/** @returns its port; 0 where it has none */
function listen(server: Server, where: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(where, () => {
      server.off("error", reject).on("error", () => {});
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

async function closeFolder(folder: string): Promise<void> {
  const { keepFolderPrivate } = await import("@fairlead/machine");
  await keepFolderPrivate(folder);
}
