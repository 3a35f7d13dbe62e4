import { type CommandResult, createTempFolder, runCommand, type TempFolder } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { outputOf } from "../servers/support/output-of.js";
import { everythingServer } from "../servers/support/real-servers.js";
import { findForeignClients } from "./foreign-clients.js";

const clients = findForeignClients("Claude Code");

// It has a home of its own and no account; `mcp list` starts every server and shakes hands with it.
describe.skipIf(clients === undefined)("Claude Code with fairlead serve as a configured server", () => {
  const stack = createDisposeStack();
  let home: TestHome;
  let own: TempFolder;
  beforeAll(async () => {
    home = stack.use(await createTestHome({ servers: { ev: everythingServer() } }));
    own = stack.use(await createTempFolder("fl-c-"));
  });
  afterAll(async () => stack[Symbol.asyncDispose]());

  function claude(...args: readonly string[]): Promise<CommandResult> {
    const env = {
      PATH: home.env["PATH"],
      HOME: own.path,
      CLAUDE_CONFIG_DIR: own.file("config"),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    };
    return runCommand([clients?.claude ?? "", ...args], { env, cwd: own.path });
  }

  async function add(name: string, fairleadHome: string): Promise<void> {
    const variables = [
      `FAIRLEAD_HOME=${fairleadHome}`,
      `FAIRLEAD_TEST_MARKER=${home.env["FAIRLEAD_TEST_MARKER"]}`,
    ];
    const flags = variables.flatMap((variable) => ["-e", variable]);
    outputOf(await claude("mcp", "add", name, ...flags, "--", ...home.command("serve")));
  }

  test("mcp add, then mcp list shows it connected", async () => {
    await add("fairlead", home.folder.path);
    expect(outputOf(await claude("mcp", "list"))).toMatch(/^fairlead: .* serve - . Connected$/m);
  });

  test("mcp get says how it is started", async () => {
    const { stdout } = await claude("mcp", "get", "fairlead");
    expect(stdout).toMatch(/Status: . Connected/);
    expect(stdout).toContain(`FAIRLEAD_HOME=${home.folder.path}`);
  });

  test("a home that does not exist shows as failed, so connected means something", async () => {
    await add("broken", own.file("none"));
    const { stdout } = await claude("mcp", "list");
    expect(stdout).toMatch(/^broken: .* Failed to connect/m);
    expect(stdout).toMatch(/^fairlead: .* Connected$/m);
  });
});
