import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultSocket, startDaemon } from "./support/executor-daemon.js";
import { expectDaemonRefusal } from "./support/expect-daemon-refusal.js";
import { createScene, type Scene } from "./support/scene.js";

const insecure = { exit: 2, code: "usage", reason: "insecure_transport" } as const;
const invalid = { exit: 2, code: "usage", reason: "argument_invalid" } as const;
const inUse = { exit: 5, code: "already_exists", reason: "address_in_use" } as const;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

test.each(["0.0.0.0:0", "[::]:0", "192.0.2.1:7040", "executor.example:7040"])(
  "plain text on %s is refused, with what to give instead",
  async (listen) => {
    const host = listen.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    await expectDaemonRefusal(scene, { listen }, { ...insecure, tells: [host, "--tls-cert", "127.0.0.1"] });
  },
);

test.each(["127.0.0.1", "7040", "127.0.0.1:70000", "http://127.0.0.1:1", "unix:relative.sock", ""])(
  "%j is no address",
  async (listen) => {
    await expectDaemonRefusal(scene, { listen }, { ...invalid, tells: [JSON.stringify(listen)] });
  },
);

test("a socket path above 100 bytes, which the system would cut, is refused", async () => {
  const path = `/tmp/${"x".repeat(90)}.sock`;
  expect(Buffer.byteLength(path)).toBe(100);
  await expectDaemonRefusal(
    scene,
    { listen: `unix://${path}x` },
    { ...invalid, tells: [path, "longer than 100 bytes"] },
  );
});

test("a socket in a folder that others may enter is refused, with the command that helps", async () => {
  const folder = scene.folder.file("open");
  await mkdir(folder);
  await chmod(folder, 0o755);
  await expectDaemonRefusal(
    scene,
    { listen: `unix://${folder}/x.sock` },
    { ...insecure, tells: [folder, `chmod 700 ${folder}`] },
  );
});

test("a token file that others may read is refused, with the command that helps", async () => {
  const path = scene.folder.file("home/executor.token");
  await writeFile(path, `${"t".repeat(40)}\n`);
  await chmod(path, 0o644);
  await expectDaemonRefusal(
    scene,
    { listen: "127.0.0.1:0" },
    { ...insecure, tells: [path, `chmod 600 ${path}`] },
  );
});

test.each(["", "short", "two words of a token"])("a token file with %j is refused", async (text) => {
  const path = scene.folder.file("home/executor.token");
  await writeFile(path, text, { mode: 0o600 });
  await expectDaemonRefusal(
    scene,
    { listen: "127.0.0.1:0" },
    { exit: 2, code: "usage", reason: "bad_token", tells: [path, "Delete it"] },
  );
});

describe("an address in use", () => {
  test("by another executor on the socket is refused, and that one lives on", async () => {
    await using first = await startDaemon(scene);
    await expectDaemonRefusal(scene, {}, { ...inUse, tells: [defaultSocket(scene), "already"] });
    expect(first.stderr()).toBe("");
    const described = await scene.fairlead(["executor", "add", "far", first.address]);
    expect(described).toMatchObject({ code: 0 });
  });

  test("by anything else on the port is refused", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    await expectDaemonRefusal(
      scene,
      { listen: `127.0.0.1:${port}` },
      { ...inUse, tells: [`127.0.0.1:${port}`] },
    );
    other.close();
  });

  test("by a dead executor is not in use: its socket and lock are taken over", async () => {
    const first = await startDaemon(scene);
    first.kill("SIGKILL");
    await first.exited;
    await using second = await startDaemon(scene);
    expect(second.address).toBe(first.address);
  });

  test.each([
    ["of a process that is gone", "999999999\n"],
    ["of a process that lives but does not listen", `${process.pid}\n`],
    ["that is empty", ""],
    ["that is nonsense", "not a pid\n"],
  ])("a lock %s does not hold anybody up", async (_, content) => {
    await mkdir(scene.folder.file("run"), { mode: 0o700 });
    await writeFile(`${defaultSocket(scene)}.lock`, content);
    await using daemon = await startDaemon(scene);
    expect(daemon.address).toBe(`unix://${defaultSocket(scene)}`);
  });
});

describe("TLS files", () => {
  test("of which one is missing are refused", async () => {
    await expectDaemonRefusal(
      scene,
      { listen: "127.0.0.1:0", args: ["--tls-cert", "/none/cert.pem"] },
      { ...invalid, tells: ["--tls-cert and --tls-key belong together"] },
    );
  });

  test("that cannot be read are named", async () => {
    await expectDaemonRefusal(
      scene,
      { listen: "127.0.0.1:0", args: ["--tls-cert", "/none/cert.pem", "--tls-key", "/none/key.pem"] },
      { ...invalid, tells: ["/none/cert.pem"] },
    );
  });

  test("that hold no certificate are refused, and not taken for a bug", async () => {
    const path = await scene.folder.write("cert.pem", "no certificate\n");
    await expectDaemonRefusal(
      scene,
      { listen: "127.0.0.1:0", args: ["--tls-cert", path, "--tls-key", path] },
      { ...invalid, tells: [path] },
    );
  });
});

test("a state folder that does not exist is told by its name", async () => {
  const missing = scene.folder.file("nowhere");
  await expectDaemonRefusal(
    scene,
    { listen: "127.0.0.1:0", args: ["--state-dir", missing] },
    { exit: 2, code: "usage", reason: "home_invalid", tells: [missing] },
  );
});
