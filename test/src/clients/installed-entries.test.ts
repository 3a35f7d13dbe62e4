import { mkdir } from "node:fs/promises";
import { type CommandResult, createTempFolder, runCommand, type TempFolder } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { outputOf } from "../servers/support/output-of.js";
import { everythingServer } from "../servers/support/real-servers.js";
import { findForeignClients } from "./foreign-clients.js";

const clients = findForeignClients("Entries that client install wrote");

// The clients have homes of their own and no accounts.
describe.skipIf(clients === undefined)("an entry that client install wrote", () => {
  const stack = createDisposeStack();
  let home: TestHome;
  let own: TempFolder;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    home = stack.use(await createTestHome({ servers: { ev: everythingServer() } }));
    own = stack.use(await createTempFolder("fl-c-"));
    await mkdir(own.file("codex"));
    env = {
      ...home.env,
      HOME: own.path,
      CLAUDE_CONFIG_DIR: own.file("claude"),
      CODEX_HOME: own.file("codex"),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    };
  });
  afterAll(async () => stack[Symbol.asyncDispose]());

  const run = (...argv: readonly [string, ...string[]]): Promise<CommandResult> =>
    runCommand(argv, { env, cwd: own.path });

  test("connects: claude mcp list says so, and no longer once it is taken out", async () => {
    const claude = clients?.claude ?? "";
    // It makes its configuration when it is first started.
    outputOf(await run(claude, "mcp", "list"));
    outputOf(await run(...home.command("client", "install", "claude")));
    expect(outputOf(await run(claude, "mcp", "list"))).toMatch(/^fairlead: .* serve - . Connected$/m);

    outputOf(await run(...home.command("client", "install", "claude", "--uninstall")));
    expect(outputOf(await run(claude, "mcp", "list"))).not.toContain("fairlead");
  });

  test("is for a project where that was asked for, and Claude asks before it takes it", async () => {
    outputOf(
      await run(...home.command("client", "install", "claude", "--scope", "project", "--name", "shared")),
    );
    expect(outputOf(await run(clients?.claude ?? "", "mcp", "list"))).toMatch(
      /^shared: fairlead serve - .*approv/im,
    );
  });

  test("is one that Codex reads: codex mcp get shows it", async () => {
    const codex = [process.execPath, clients?.codex ?? ""] as const;
    outputOf(await run(...home.command("client", "install", "codex")));
    const entry = JSON.parse(outputOf(await run(...codex, "mcp", "get", "fairlead", "--json"))) as {
      enabled: boolean;
      transport: { type: string; args: readonly string[] };
    };
    expect(entry).toMatchObject({ enabled: true, transport: { type: "stdio" } });
    expect(entry.transport.args.at(-1)).toBe("serve");
  });
});
