import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { processMark } from "@fairlead/machine/process-mark";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askHosts } from "./ask-hosts.js";
import { connectControl } from "./control-client.js";
import { type ControlOptions, type ControlSocket, openControlSocket } from "./control-server.js";

/** No process has it: the largest number of a process is far below. */
const deadPid = 2_000_000_000;

let home: string;
let run: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fairlead-ctl-"));
  run = join(home, "run");
});
afterEach(() => rm(home, { recursive: true }));

const server = { name: "s", executor: "local", state: "ready" };
const methods: ControlOptions["methods"] = {
  ping: () => ({ pid: process.pid, version: "1", ageMs: 5 }),
  "servers/list": () => ({ servers: [server, { name: "half" }] }),
  reload: () => {
    throw new FairleadError("usage", "It cannot be used", { reason: "config_invalid", effect: "none" });
  },
};
const file = (): string => join(run, `${processMark()}.sock`);

describe.each(["socket", "port"] as const)("the control socket, a %s", (door) => {
  const open = (more: Partial<ControlOptions> = {}): Promise<ControlSocket> =>
    openControlSocket({ home, methods, door, ...more });

  test("answers one question after the other, and is gone in the end", async () => {
    {
      await using _socket = await open();
      using line = await connectControl(file());
      expect(await line.request("ping")).toEqual({ pid: process.pid, version: "1", ageMs: 5 });
      await expect(line.request("reload")).rejects.toThrow("It cannot be used");
      await expect(line.request("toString")).rejects.toThrow('no control method "toString"; known are ping');
      expect(await line.request("ping")).toMatchObject({ version: "1" });
    }
    expect(await readdir(run)).toEqual([]);
  });

  test.runIf(process.platform !== "win32")("is its owner's alone", async () => {
    await using _socket = await open();
    expect((await stat(run)).mode & 0o777).toBe(0o700);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  test("answers what is no request with an error, and ends a line that has no end", async () => {
    await using _socket = await open();
    using odd = await connectControl(file());
    odd.socket.write("not json\n");
    await expect(odd.request("ping")).rejects.toThrow("A control request is a JSON object");
    using endless = await connectControl(file());
    const closed = new Promise((resolve) => endless.socket.once("close", resolve));
    endless.socket.write(Buffer.alloc(2 * 1024 * 1024, 120));
    endless.socket.resume();
    await closed;
  });

  test("is found by whoever asks all hosts; what dead ones left is removed, and other files stay", async () => {
    await mkdir(run, { recursive: true });
    const names = [`${deadPid}.sock`, `${deadPid}.hub`, "notes.sock", "trees"];
    await Promise.all(names.map((name) => writeFile(join(run, name), "")));
    await using _socket = await open();
    expect((await readdir(run)).toSorted()).toEqual([`${processMark()}.sock`, "notes.sock", "trees"]);
    expect(await askHosts(home)).toEqual([{ pid: process.pid, version: "1", ageMs: 5, servers: [server] }]);
  });

  test("replaces one that an earlier owner of its number left", async () => {
    await mkdir(run, { recursive: true });
    await writeFile(file(), "");
    await using _socket = await open();
    expect(await askHosts(home)).toHaveLength(1);
  });

  test.runIf(door === "socket")("cannot be where no path leads to it", async () => {
    home = join(home, "x".repeat(120));
    await expect(open()).rejects.toMatchObject({ code: "unavailable" });
    home = join(home, "..");
  });

  test("is not waited for where its host hangs", async () => {
    await using _socket = await open({ methods: { ...methods, ping: () => new Promise(() => {}) } });
    const startedMs = performance.now();
    expect(await askHosts(home)).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

describe.each(["socket", "port"] as const)("attaching, over a %s", (door) => {
  const open = (more: Partial<ControlOptions> = {}): Promise<ControlSocket> =>
    openControlSocket({ home, methods, door, ...more });

  const attach: NonNullable<ControlOptions["attach"]> = ({ who }) => {
    if (who !== "friend") throw new FairleadError("forbidden", "Not you", { effect: "none" });
    return ({ socket, early }) => {
      socket.write(`early ${early.toString()};`);
      socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end());
      socket.resume();
    };
  };

  test("makes the connection the agent's own, with what it said already", async () => {
    await using _socket = await open({ attach });
    expect(await readdir(run)).toEqual([`${processMark()}.hub`, `${processMark()}.sock`]);
    using line = await connectControl(file());
    await expect(line.request("attach", { who: "stranger" })).rejects.toThrow("Not you");
    const answer = line.request("attach", { who: "friend" });
    line.socket.write("hello\nworld");
    await answer;
    const said = [line.rest];
    line.socket.on("data", (chunk) => said.push(chunk)).resume();
    const ended = new Promise((resolve) => line.socket.once("end", resolve));
    line.socket.end("!");
    await ended;
    expect(
      Buffer.concat(said)
        .toString()
        .replace(/^early |;/g, ""),
    ).toBe("hello\nworld!");
  });

  test("is not offered by every host", async () => {
    await using _socket = await open();
    expect(await readdir(run)).toEqual([`${processMark()}.sock`]);
    using line = await connectControl(file());
    await expect(line.request("attach", { who: "friend" })).rejects.toThrow('no control method "attach"');
  });
});
