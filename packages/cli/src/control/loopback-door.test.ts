import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processMark } from "@fairlead/machine/process-mark";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectControl } from "./control-client.js";
import { readLine } from "./control-line.js";
import { type ControlSocket, openControlSocket } from "./control-server.js";
import { publishDoor, readDoor } from "./loopback-door.js";

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fl-door-"));
  file = join(home, "run", `${processMark()}.sock`);
});
afterEach(() => rm(home, { recursive: true }));

const open = (): Promise<ControlSocket> =>
  openControlSocket({ home, methods: { ping: () => ({ isHost: true }) }, door: "port" });

describe("a host without a socket file", () => {
  test("tells its port and a secret in a file that is gone with it", async () => {
    {
      await using _host = await open();
      expect(await readDoor(file)).toEqual({
        port: expect.any(Number),
        secret: expect.stringMatching(/^\w{64}$/),
      });
      expect(await readdir(join(home, "run"))).toEqual([`${processMark()}.sock`]);
    }
    expect(await readdir(join(home, "run"))).toEqual([]);
  });

  test("lets nobody in who does not know the secret, and never says it", async () => {
    await using _host = await open();
    const { port, secret } = await readDoor(file);
    await publishDoor(file, { port, secret: secret.replaceAll(/./g, "0") });
    await expect(connectControl(file)).rejects.toThrow("Something else answers");

    const socket = connect(port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    let said = "";
    socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
    socket.write(`hello\n${"0".repeat(64)}\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n`);
    await closed;
    expect(said).toMatch(/^[0-9a-f]{64} [0-9a-f]{32}\n$/);
    expect(said).not.toContain(secret);
  });

  test("takes nobody's word for a proof of its own: what it showed opens nothing", async () => {
    await using _host = await open();
    const { port } = await readDoor(file);
    const socket = connect(port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("client\n");
    const shown = await readLine(socket, Buffer.alloc(0), 256);
    socket.write(`${shown?.line.split(" ")[0] ?? ""}\n`);
    let said = "";
    socket.on("data", (chunk: Buffer) => (said += chunk.toString())).resume();
    await closed;
    expect(said).toBe("");
  });

  test("is not mixed up with what listens at its port when it is gone: that is told nothing", async () => {
    const heard: Buffer[] = [];
    const stranger = await listen((socket) => {
      socket.on("data", (chunk) => heard.push(chunk)).on("error", () => {});
      socket.write(`${"0".repeat(64)} ${"0".repeat(32)}\n`);
    });
    const { port } = stranger.address() as { readonly port: number };
    const left = join(home, "17.sock");
    await writeFile(left, `127.0.0.1:${port} ${"1".repeat(64)}\n`);
    await expect(connectControl(left)).rejects.toThrow("Something else answers");
    expect(Buffer.concat(heard).toString()).toMatch(/^([0-9a-f]{32}\n)?$/);
    stranger.close();
  });

  test.each(["", "127.0.0.1:1", "10.0.0.1:1 ", `127.0.0.1:1 ${"0".repeat(64)}`])(
    "is not found by a file that says %j",
    async (text) => {
      const left = join(home, "17.sock");
      await writeFile(left, text);
      await expect(connectControl(left)).rejects.toThrow("does not tell where its host listens");
      expect(await readFile(left, "utf8")).toBe(text);
    },
  );
});

function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
