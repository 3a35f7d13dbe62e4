import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { loadConfig } from "@fairlead/config";
import {
  createHandMadeServer,
  runCommand,
  spawnRawClient,
  startHttpFront,
  waitUntil,
  workspaceRoot,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { codeBlocks } from "./code-blocks.js";
import { createDevbox, createNewcomer } from "./newcomer.js";

const readme = readFileSync(join(workspaceRoot(), "README.md"), "utf8");
const blocks = codeBlocks(readme);
const shellBlocks = blocks.filter(({ language }) => language === "sh").map(({ text }) => text);

function shellBlock(containing: string): string {
  const found = shellBlocks.filter((text) => text.includes(containing));
  expect(found, `one block with ${containing}`).toHaveLength(1);
  return found[0] ?? "";
}

describe("the commands of the README", () => {
  test("are all run by a test", () => {
    // Raise this together with a test for the new block.
    expect(shellBlocks).toHaveLength(7);
  });

  test("npm run quickstart shows the whole line and leaves nothing behind", async () => {
    const command = shellBlock("npm run quickstart").trim().split(" ");
    const done = await runCommand(command, { cwd: workspaceRoot(), timeoutMs: 50_000 });
    expect(done.stderr).not.toContain("error:");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("echo answers: Echo: hello, executor");
    expect(done.stdout).toContain("no process is left");
  });

  test("npm test is what CI runs", () => {
    const command = shellBlock("npm test").trim();
    expect(readFileSync(join(workspaceRoot(), ".ci", "run"), "utf8")).toContain(`"tests" ${command}\n`);
  });

  test("a server is added, listed and called on this machine", async () => {
    await using newcomer = await createNewcomer();
    await newcomer.home.write("notes.txt", "remember the milk\n");
    const done = await newcomer.type(shellBlock("fairlead add files"));
    expect(done.stderr).not.toContain("fairlead:");
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/^Added files on local: \d+ tools$/m);
    expect(done.stdout).toMatch(/^files +local +ok, \d+ tools/m);
    expect(done.stdout).toContain("files__list_directory");
    expect(done.stdout).toContain("[FILE] notes.txt");
  });

  test("the package is made and installed on a devbox, and its executor is used through a tunnel", async () => {
    await using laptop = await createNewcomer();
    await using devbox = await createDevbox(laptop);
    await using clone = await keepArchives();
    // npm keeps its cache in the real home folder, which the newcomer does not have.
    const env = { ...process.env, PATH: laptop.env["PATH"] };
    const install = ["bash", "-euc", shellBlock("npm run pack:release")];
    const installed = await runCommand(install, { env, cwd: clone.folder, timeoutMs: 50_000 });
    expect(installed.code, installed.stderr).toBe(0);

    const port = await freePort();
    const onPort = (script: string): string => script.replaceAll("7040", String(port));
    const serve = ["bash", "-euc", onPort(shellBlock("fairlead-executor serve"))];
    await using _daemon = await spawnRawClient(serve, { env: devbox.env, cwd: devbox.home.path });
    await waitUntil(() => canConnect(port), { withinMs: 20_000, what: "the executor's port" });
    const done = await laptop.type(onPort(shellBlock("fairlead executor add")));
    expect(done.stderr).not.toContain("fairlead:");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("Added executor devbox");
    expect(done.stdout).toMatch(/^Added web on devbox: \d+ tools$/m);
    expect(done.stdout).toContain("Linux");
  });

  test("a server behind an executor is added by its address", async () => {
    await using front = await startHttpFront({ behind: createHandMadeServer().handle });
    await using devbox = await createNewcomer();
    const socket = devbox.home.file("x.sock");
    const serve = ["fairlead-executor", "serve", "--json", "--listen", `unix://${socket}`];
    await using daemon = await spawnRawClient(serve, { env: devbox.env, cwd: devbox.home.path });
    await daemon.nextMessage(({ address }) => address !== undefined);
    await using laptop = await createNewcomer();
    await laptop.type(`fairlead executor add devbox unix://${socket}`);
    const script = shellBlock("fairlead add --executor devbox --url").replaceAll("8080", String(front.port));
    const done = await laptop.type(script);
    expect(done.stderr).not.toContain("fairlead:");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("Added desk on devbox: 1 tool\n");
    expect(done.stdout).toContain("desk__echo");
    expect(new Set(front.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(["Bearer your-token"]),
    );
  });

  test("the configuration shown has only keys that exist", async () => {
    const toml = blocks.find(({ language }) => language === "toml")?.text ?? "";
    const loaded = await loadConfig({ home: "/home/me/.fairlead", strict: true, readFile: async () => toml });
    expect(loaded.warnings).toEqual([]);
    expect([...loaded.config.servers.keys()]).toEqual(["files", "desk"]);
  });
});

/** The checkout, which loses the archives that were not there before. */
async function keepArchives(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = workspaceRoot();
  const archives = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => /^fairlead-.*\.tgz$/.test(name));
  const before = await archives();
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      const made = (await archives()).filter((name) => !before.includes(name));
      await Promise.all(made.map((name) => rm(`${folder}/${name}`)));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The system gave no port");
  return address.port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
