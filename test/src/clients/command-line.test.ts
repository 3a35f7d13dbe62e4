import { createTempFolder, type TempFolder } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { outputOf } from "../servers/support/output-of.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";
import { everythingServer, filesystemServer } from "../servers/support/real-servers.js";
import { startTestExecutor, type TestExecutor } from "../servers/support/start-test-executor.js";

// The built command line over real servers, one of them on a daemon. What fails and how is the business of ../failures.
const stack = createDisposeStack();
let home: TestHome;
let files: TempFolder;
let executor: TestExecutor;
beforeAll(async () => {
  executor = stack.use(await startTestExecutor());
  files = stack.use(await createTempFolder("fl-f-"));
  await files.write("hello.txt", "hello from a file\n");
  home = stack.use(
    await createTestHome({
      servers: {
        ev: {
          ...everythingServer({ SECRET: "do-not-show" }),
          executor: "devbox",
          disabled_tools: ["get-env"],
        },
        files: filesystemServer(files.path),
        fix: fixtureServer({ cwd: files.path }),
        off: fixtureServer({ enabled: false }),
      },
      executors: { devbox: { url: executor.url } },
    }),
  );
});
afterAll(async () => stack[Symbol.asyncDispose]());

async function json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
  const printed = outputOf(await home.fairlead([...args, "--json"]));
  expect(printed).toMatch(/^[^\n]+\n$/);
  return JSON.parse(printed) as T;
}

async function text(...args: readonly string[]): Promise<string> {
  return outputOf(await home.fairlead(args));
}

test("the bare name shows the help", async () => {
  const [bare, asked] = await Promise.all([text(), text("--help")]);
  expect(bare).toContain("Usage: fairlead");
  expect(bare).toBe(asked);
});

describe("list", () => {
  const row = { transport: "stdio", enabled: true, command: expect.stringContaining(process.execPath) };

  test("--json tells what is configured, without starting anything", async () => {
    expect(await json("list")).toEqual({
      servers: [
        { ...row, name: "ev", executor: "devbox" },
        { ...row, name: "files", executor: "local" },
        { ...row, name: "fix", executor: "local" },
        { ...row, name: "off", executor: "local", enabled: false },
      ],
    });
  });

  test("--check starts each one and counts its tools", async () => {
    const { servers } = await json<{ servers: { name: string; check?: unknown }[] }>("list", "--check");
    expect(servers.map(({ name, check }) => [name, check])).toEqual([
      ["ev", { status: "ready", tools: 13 }],
      ["files", { status: "ready", tools: 14 }],
      ["fix", { status: "ready", tools: expect.any(Number) }],
      ["off", undefined],
    ]);
  });

  test("shows people a table", async () => {
    const lines = (await text("list")).trimEnd().split("\n");
    expect(lines[0]).toMatch(/^NAME\s+EXECUTOR\s+STATUS\s+TRANSPORT\s+COMMAND OR URL$/);
    expect(lines[1]).toMatch(/^ev\s+devbox\s+13 tools, seen \d+ s ago\s/);
    expect(lines[4]).toMatch(/^off\s+local\s+disabled\s/);
  });
});

describe("get", () => {
  test("--json tells the configuration, secrets masked", async () => {
    const server = await json("get", "ev");
    expect(server).toMatchObject({
      name: "ev",
      executor: "devbox",
      enabled: true,
      disabledTools: ["get-env"],
    });
    expect(server["env"]).toEqual({ SECRET: "***", FAIRLEAD_TEST_MARKER: "***" });
  });

  test("shows people the same, and where it is written", async () => {
    const shown = await text("get", "ev");
    expect(shown).toContain("executor  devbox");
    expect(shown).toContain(home.folder.file("config.toml"));
    expect(shown).not.toContain("do-not-show");
  });
});

describe("tools", () => {
  test("--json gives each tool with both names, and as the server wrote it", async () => {
    const { tools } = await json<{ tools: Record<string, unknown>[] }>("tools", "ev");
    expect(tools).toHaveLength(13);
    expect(tools.find(({ name }) => name === "get-sum")).toEqual({
      server: "ev",
      name: "get-sum",
      exposedName: "ev__get-sum",
      enabled: true,
      description: "Returns the sum of two numbers",
      tool: expect.objectContaining({
        name: "get-sum",
        inputSchema: expect.objectContaining({ type: "object" }),
      }),
    });
    expect(tools.filter(({ enabled }) => enabled === false).map(({ name }) => name)).toEqual(["get-env"]);
  });

  test("without a name shows those of all enabled servers", async () => {
    const shown = await text("tools");
    for (const name of ["ev__echo", "files__read_text_file", "fix__sleep"])
      expect(shown).toContain(`${name}\n`);
    for (const hidden of ["ev__get-env", "off__"]) expect(shown).not.toContain(hidden);
  });

  test("--raw shows the server's own, those that are switched off too", async () => {
    const shown = await home.fairlead(["tools", "ev", "--raw"]);
    expect(shown.stdout).toContain("get-env  (switched off)\n");
    expect(shown.stdout).not.toContain("ev__");
    expect((await home.fairlead(["tools", "ev"])).stderr).toContain("1 more is switched off");
  });
});

describe("call", () => {
  test("prints the text that a tool answers", async () => {
    expect(await text("call", "ev", "echo", '{"message":"hé"}')).toBe("Echo: hé\n");
    const path = files.file("hello.txt");
    expect(await text("call", "files", "read_text_file", JSON.stringify({ path }))).toContain(
      "hello from a file",
    );
  });

  test("--json prints the whole result", async () => {
    expect(await json("call", "ev", "get-structured-content", '{"location":"Chicago"}')).toEqual({
      content: [{ type: "text", text: expect.stringContaining("drizzle") }],
      structuredContent: { temperature: 36, conditions: "Light rain / drizzle", humidity: 82 },
    });
  });

  test("takes the arguments from stdin", async () => {
    const { stdout, code } = await home.fairlead(["call", "ev", "get-sum", "-"], { input: '{"a":1,"b":2}' });
    expect([code, stdout]).toEqual([0, "The sum of 1 and 2 is 3.\n"]);
  });

  test("names what is no text", async () => {
    expect(await text("call", "ev", "get-tiny-image")).toMatch(/^image\/png, [\d.]+ (?:B|KiB)$/m);
  });

  test("starts the server in its folder", async () => {
    expect(await text("call", "fix", "cwd")).toBe(`${files.path}\n`);
  });

  test("a tool that reports an error makes exit code 8, with what it says on stdout", async () => {
    const failed = await home.fairlead(["call", "files", "read_text_file", '{"path":"/etc/passwd"}']);
    expect(failed.code).toBe(8);
    expect(failed.stdout).toContain("Access denied");
  });

  test("a tool that is switched off is refused, and called with --raw", async () => {
    const refused = await home.fairlead(["call", "ev", "get-env", "--json"]);
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.stderr)).toMatchObject({
      error: { code: "forbidden", details: { reason: "policy_denied", server: "ev", tool: "get-env" } },
    });
    expect(await text("call", "ev", "get-env", "--raw")).toContain("FAIRLEAD_TEST_MARKER");
  });

  test("a tool may be named as `tools` shows it", async () => {
    const path = `${files.path}/hello.txt`;
    expect(await text("call", "files", "files__read_text_file", JSON.stringify({ path }))).toContain("hello");
  });

  test("a tool that a server refuses because it has none of that name is told", async () => {
    const failed = await home.fairlead(["call", "fix", "no-such-tool", "--json"]);
    expect(failed).toMatchObject({ code: 5, stdout: "" });
    expect(JSON.parse(failed.stderr)).toMatchObject({
      error: { code: "not_found", details: { reason: "tool_unknown", server: "fix", tool: "no-such-tool" } },
    });
  });

  test.each(["files", "ev"])("a tool that %s does not have is told in its own words too", async (server) => {
    const failed = await home.fairlead(["call", server, "no-such-tool", "--json"]);
    expect(failed.code).toBe(8);
    expect(JSON.parse(failed.stdout)).toMatchObject({ isError: true });
    expect(failed.stderr).toContain(`Server ${server} lists no tool "no-such-tool"; it has `);
  });

  test("a misspelled tool is told with the nearest one", async () => {
    const failed = await home.fairlead(["call", "files", "list_directry", "{}"]);
    expect(failed.stderr).toContain('Server files lists no tool "list_directry"; it has ');
    expect(failed.stderr).toContain('Did you mean "list_directory"?');
  });

  test("a call that the server refuses is exit code 7, told in one line of JSON", async () => {
    const refused = await home.fairlead([
      "call",
      "fix",
      "fail",
      '{"code":-32050,"message":"own words"}',
      "--json",
    ]);
    expect(refused.code).toBe(7);
    expect(refused.stdout).toBe("");
    expect(JSON.parse(refused.stderr)).toEqual({
      error: {
        code: "protocol",
        message: expect.stringContaining("own words"),
        details: { reason: "peer_error", server: "fix", tool: "fail", rpcCode: -32_050 },
      },
    });
  });
});

describe.each([
  ["local", []],
  ["devbox", ["--executor", "devbox"]],
])("run on %s", (_, flags) => {
  test("passes output, input and the exit code on", async () => {
    const script = 'process.stdin.on("data", (d) => process.stdout.write(String(d).toUpperCase())); ';
    const end = 'process.stdin.on("end", () => { console.error("bye"); process.exit(3); })';
    const ran = await home.fairlead(["run", ...flags, "--", process.execPath, "-e", script + end], {
      input: "hé",
    });
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([3, "HÉ", "bye\n"]);
  });

  test("is 128 + n for a program that signal n ended", async () => {
    const ran = await home.fairlead(["run", ...flags, "--", "sh", "-c", "kill -TERM $$"]);
    expect(ran.code).toBe(143);
  });

  test("sets variables and the folder", async () => {
    const program = ["sh", "-c", 'printf "%s %s" "$A" "$PWD"'];
    const ran = await home.fairlead(["run", ...flags, "-e", "A=b c", "--cwd", files.path, "--", ...program]);
    expect(ran.stdout).toBe(`b c ${files.path}`);
  });

  test("is 125, with one line, for a program that does not exist", async () => {
    const ran = await home.fairlead(["run", ...flags, "--json", "--", "no-such-program-anywhere"]);
    expect(ran.code).toBe(125);
    expect(JSON.parse(ran.stderr)).toMatchObject({
      error: { code: "not_found", message: expect.stringContaining("no-such-program-anywhere") },
    });
  });

  test("large output arrives whole", async () => {
    const script = 'process.stdout.write("x".repeat(8 << 20))';
    const { stdout } = await home.fairlead(["run", ...flags, "--", process.execPath, "-e", script]);
    expect(stdout).toHaveLength(8 << 20);
  });
});

describe("add and remove", () => {
  test("a server that works is added, works at once, and is gone after remove", async () => {
    const { command, args } = filesystemServer(files.path);
    const added = ["add", "more", "--executor", "devbox", "-e", "A=b", "--json", "--", command, ...args];
    expect(JSON.parse(outputOf(await home.fairlead(added)))).toEqual({
      added: "more",
      executor: "devbox",
      tools: 14,
    });
    expect(await text("call", "more", "list_allowed_directories")).toContain(files.path);
    expect(await json("remove", "more")).toEqual({ removed: "more" });
    expect((await home.fairlead(["get", "more"])).code).toBe(5);
  });
});

describe("executor", () => {
  test("add, list, describe and remove", async () => {
    expect(await json("executor", "add", "second", executor.url)).toEqual({
      added: "second",
      url: executor.url,
    });
    const { executors } = await json<{ executors: { name: string }[] }>("executor", "list");
    expect(executors.map(({ name }) => name)).toEqual(expect.arrayContaining(["devbox", "second"]));
    const described = await json("executor", "describe", "second");
    expect(JSON.stringify(described)).toContain(process.platform);
    const used = ["add", "far", "--executor", "second", "--no-probe", "--", "true"];
    expect((await home.fairlead(used)).code).toBe(0);
    const refused = await home.fairlead(["executor", "remove", "second"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("Executor second is in use: far runs on it");
    expect(await json("executor", "remove", "second", "--force")).toEqual({
      removed: "second",
      serversLeft: ["far"],
    });
    expect((await home.fairlead(["executor", "describe", "second"])).code).toBe(5);
  });
});
