import { type CommandResult, runCommand } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { outputOf } from "../servers/support/output-of.js";
import { everythingServer } from "../servers/support/real-servers.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";
import { findForeignClients } from "./foreign-clients.js";

const clients = findForeignClients("Inspector CLI");

describe.skipIf(clients === undefined)("the Inspector CLI over fairlead serve", () => {
  const stack = createDisposeStack();
  let home: TestHome;
  beforeAll(async () => {
    const executor = stack.use(await startTestExecutor());
    home = stack.use(
      await createTestHome({
        servers: { ev: { ...everythingServer(), executor: "devbox" } },
        executors: { devbox: { url: executor.url } },
      }),
    );
  });
  afterAll(async () => stack[Symbol.asyncDispose]());

  /** Runs one method against a gateway of its own, as a person would type it. */
  function inspect(...args: readonly string[]): Promise<CommandResult> {
    const { node, inspector } = clients ?? { node: "", inspector: "" };
    const variables = ["FAIRLEAD_HOME", "FAIRLEAD_TEST_MARKER"].flatMap((name) => [
      "-e",
      `${name}=${home.env[name]}`,
    ]);
    const argv = [node, inspector, "--cli", ...variables, ...home.command("serve"), "--method", ...args];
    return runCommand(argv, { env: home.env, cwd: home.folder.path });
  }

  async function inspectJson(...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(outputOf(await inspect(...args)));
  }

  test("lists and calls tools", async () => {
    const { tools } = await inspectJson("tools/list");
    expect(tools).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "ev__get-sum", title: "Get Sum Tool" })]),
    );
    const sum = await inspectJson("tools/call", "--tool-name", "ev__get-sum", "--tool-arg", "a=19", "b=23");
    expect(sum["content"]).toEqual([{ type: "text", text: "The sum of 19 and 23 is 42." }]);
  });

  test("finds nothing to complain about in the schemas that pass through", async () => {
    expect(outputOf(await inspect("tools/list", "--strict"))).toContain("ev__echo");
  });

  test("lists and reads resources", async () => {
    const { resources } = await inspectJson("resources/list");
    const uri = "demo://resource/static/document/features.md";
    expect(resources).toEqual(expect.arrayContaining([expect.objectContaining({ uri })]));
    const { contents } = await inspectJson("resources/read", "--uri", uri);
    expect(contents).toMatchObject([{ uri, mimeType: "text/markdown" }]);
    const { resourceTemplates } = await inspectJson("resources/templates/list");
    expect(resourceTemplates).toHaveLength(2);
  });

  test("lists and gets prompts", async () => {
    const { prompts } = await inspectJson("prompts/list");
    expect(prompts).toHaveLength(4);
    const args = ["--prompt-name", "ev__args-prompt", "--prompt-args", "city=Bern"];
    const { messages } = await inspectJson("prompts/get", ...args);
    expect(JSON.stringify(messages)).toContain("What's weather in Bern?");
  });

  test("sets the log level", async () => {
    expect((await inspect("logging/setLevel", "--log-level", "warning")).code).toBe(0);
  });

  test("tells of a call that is refused", async () => {
    const { code, stdout, stderr } = await inspect("tools/call", "--tool-name", "nowhere__x");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("nowhere__x");
  });
});
