import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import type { NetConnectOpts, Socket } from "node:net";
import { replaceStateFile } from "../runtime/state-file.js";
import { readLine } from "./control-line.js";

/** Where a host listens that has no socket file, and the secret by which it and those who come know each other. */
export interface LoopbackDoor {
  readonly port: number;
  /** Known to whoever can read the file of the host, which is in a private folder. It never goes over the line. */
  readonly secret: string;
}

/** Longer than every line of the greeting. */
const maxGreetingBytes = 256;

/** Any program of this machine can connect; one that then says nothing must not hold the connection for ever. */
const greetingPatienceMs = 5_000;

/** Makes the secret of a host. */
export function createDoorSecret(): string {
  return randomBytes(32).toString("hex");
}

/** Tells where a host listens to those who can read its file; nobody ever reads half of it. @throws Error of the system */
export async function publishDoor(file: string, { port, secret }: LoopbackDoor): Promise<void> {
  await replaceStateFile(file, `127.0.0.1:${port} ${secret}\n`);
}

/** Reads where a host listens. @throws Error where its file does not tell */
export async function readDoor(file: string): Promise<LoopbackDoor> {
  const text = await readFile(file, "utf8");
  const [, port, secret] = /^127\.0\.0\.1:(\d{1,5}) ([0-9a-f]{64})\n$/.exec(text) ?? [];
  if (port === undefined || secret === undefined)
    throw new Error(`${file} does not tell where its host listens`);
  return { port: Number(port), secret };
}

/** Where to connect to for a host. */
export interface ControlTarget {
  readonly options: NetConnectOpts;
  /** What {@link greetHost} needs there; undefined for a socket file. */
  readonly secret: string | undefined;
}

/**
 * Finds where the host of a file listens: the file is its socket, or where there are none, as on Windows, tells its port.
 * @throws Error where there is no such file, or it does not tell
 */
export async function findTarget(file: string): Promise<ControlTarget> {
  if ((await lstat(file)).isSocket()) return { options: { path: file }, secret: undefined };
  const { port, secret } = await readDoor(file);
  return { options: { host: "127.0.0.1", port }, secret };
}

/**
 * Shows a client that we are the host, and lets it show that it may come in.
 * @returns what it said behind that; undefined where it may not, and the connection is over
 */
export async function admitClient(socket: Socket, secret: string): Promise<Buffer | undefined> {
  const silence = setTimeout(() => socket.destroy(), greetingPatienceMs);
  try {
    return await hearProof(socket, secret);
  } finally {
    clearTimeout(silence);
  }
}

async function hearProof(socket: Socket, secret: string): Promise<Buffer | undefined> {
  const hello = await readLine(socket, Buffer.alloc(0), maxGreetingBytes);
  if (hello === undefined) return undefined;
  const own = createNonce();
  socket.write(`${proof(secret, `host ${hello.line}`)} ${own}\n`);
  const shown = await readLine(socket, hello.rest, maxGreetingBytes);
  if (shown !== undefined && isSame(shown.line, proof(secret, `client ${own}`))) return shown.rest;
  socket.destroy();
  return undefined;
}

/**
 * The client's side of {@link admitClient}. Another program may listen at the port of a host that is gone: it is told nothing.
 * @throws Error where it is not the host of that secret
 */
export async function greetHost(socket: Socket, secret: string): Promise<void> {
  const own = createNonce();
  socket.write(`${own}\n`);
  const answer = await readLine(socket, Buffer.alloc(0), maxGreetingBytes);
  const [shown = "", theirs = ""] = answer?.line.split(" ") ?? [];
  if (!isSame(shown, proof(secret, `host ${own}`))) throw new Error("Something else answers for the host");
  socket.write(`${proof(secret, `client ${theirs}`)}\n`);
}

function createNonce(): string {
  return randomBytes(16).toString("hex");
}

/** The two sides prove different things, so that nobody can give one back to us as the other. */
function proof(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
