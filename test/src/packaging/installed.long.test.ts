import { copyFile, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { runCommand, spawnRawClient, workspaceRoot } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf } from "../servers/support/output-of.js";
import { everythingServer } from "../servers/support/real-servers.js";
import { connectV2 } from "../servers/support/v2-client.js";
import { findTools } from "./support/find-tools.js";
import { createPackageUser, type PackageUser } from "./support/package-user.js";
import { isInstalled, openRelease, type Release } from "./support/release.js";

// The published package, installed as a person installs it, under every Node that it says it runs on.
const suite = "the installed package";
const majors = ["20", "22", "24"] as const;
const nodes = process.platform === "win32" ? undefined : await findTools("nodes", suite);
const release = nodes === undefined ? undefined : await openRelease();
const canInstall = release !== undefined && (await installAll(release, nodes ?? {}));

afterAll(async () => release?.[Symbol.asyncDispose]());

async function installAll({ npm, folder, tarball }: Release, paths: Readonly<Record<string, string>>) {
  for (const major of majors) {
    const args = ["install", "--global", "--prefix", folder.file(major), tarball];
    if (!isInstalled(await npm(args, { node: paths[major] }), suite)) return false;
  }
  return true;
}

describe.skipIf(!canInstall).each(majors)("on Node %s the package", (major) => {
  let user: PackageUser;
  const node = nodes?.[major] ?? "";
  beforeAll(async () => {
    user = await createPackageUser(node, release?.folder.file(major) ?? "");
  });
  afterAll(async () => user[Symbol.asyncDispose]());

  /** A folder with the library in reach. */
  async function makeProgram(fixture: string): Promise<string> {
    const folder = user.home.file("program");
    await mkdir(join(folder, "node_modules"), { recursive: true });
    await symlink(user.packageFolder, join(folder, "node_modules", "fairlead"));
    const source = join(workspaceRoot(), "test", "src", "packaging", "fixtures", fixture);
    await copyFile(source, join(folder, fixture));
    return folder;
  }

  async function withExecutor(use: (url: string) => Promise<void>): Promise<void> {
    const url = `unix://${user.home.file("x.sock")}`;
    const serve = [user.program("fairlead-executor"), "serve", "--json", "--listen", url];
    await using daemon = await spawnRawClient(serve, { env: user.env, cwd: user.home.path });
    await daemon.nextMessage(({ address }) => address !== undefined);
    await use(url);
    daemon.kill("SIGTERM");
    expect((await daemon.exited).code).toBe(0);
  }

  test("is run by that Node, and tells its version", async () => {
    const ran = await runCommand(["node", "--version"], { env: user.env });
    expect(ran.stdout).toMatch(new RegExp(`^v${major}\\.`));
    const manifest = JSON.parse(await readFile(join(user.packageFolder, "package.json"), "utf8")) as {
      version: string;
    };
    for (const program of ["fairlead", "fairlead-executor"]) {
      expect(outputOf(await user.type(program, "--version"))).toContain(manifest.version);
    }
    expect(outputOf(await user.type("fairlead", "list"))).not.toContain("error");
  });

  test("adds a server, lists its tools and calls one", async () => {
    const { command, args } = everythingServer();
    const added = outputOf(await user.type("fairlead", "add", "ev", "--", command, ...args));
    expect(added).toMatch(/^Added ev on local: \d+ tools$/m);
    expect(outputOf(await user.type("fairlead", "list", "--check"))).toMatch(/^ev +local +ok, \d+ tools/m);
    expect(outputOf(await user.type("fairlead", "tools", "ev"))).toContain("get-sum");
    const sum = outputOf(await user.type("fairlead", "call", "ev", "get-sum", '{"a": 19, "b": 23}'));
    expect(sum).toContain("The sum of 19 and 23 is 42.");
  });

  test("serves an agent that uses the official SDK", async () => {
    const launch = { command: user.program("fairlead"), args: ["serve"], env: user.env, cwd: user.home.path };
    const agent = await connectV2(launch);
    try {
      const { tools } = await agent.client.listTools();
      expect(tools.map(({ name }) => name)).toContain("ev__echo");
      const echoed = await agent.client.callTool({ name: "ev__echo", arguments: { message: "hi" } });
      expect(echoed.content).toEqual([{ type: "text", text: "Echo: hi" }]);
    } finally {
      await agent.close();
    }
  });

  test("runs an executor that its own command line uses, terminals included", async () => {
    await withExecutor(async (url) => {
      outputOf(await user.type("fairlead", "executor", "add", "devbox", url));
      const described = outputOf(await user.type("fairlead", "executor", "describe", "devbox", "--json"));
      expect(described).toContain('"pty"');
      const ran = await user.type("fairlead", "run", "--executor", "devbox", "--", "node", "-p", "6 * 7");
      expect(outputOf(ran)).toBe("42\n");
    });
  });

  test("is a library, too", async () => {
    const folder = await makeProgram("embedding-program.mjs");
    await withExecutor(async (url) => {
      const argv = [node, join(folder, "embedding-program.mjs"), url];
      const ran = outputOf(await runCommand(argv, { env: user.env, cwd: folder }));
      expect(JSON.parse(ran)).toEqual({ output: "hello\n", code: 0, terminal: "ok", os: process.platform });
    });
    const required = `console.log(typeof require("fairlead").createHost)`;
    const ran = await runCommand([node, "-e", required], { env: user.env, cwd: folder });
    expect(outputOf(ran)).toBe("function\n");
  });

  test("is started through npx without being installed", async () => {
    const args = ["--package", release?.tarball ?? "", "fairlead", "--version"];
    const ran = await release?.npm(args, { node, program: "npx" });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
