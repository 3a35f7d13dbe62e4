import { expect, test } from "vitest";
import { valueAt } from "./config-layer.js";
import { describeProject } from "./describe-project.js";
import { readLayers } from "./read-layers.js";

const toml = (text: string) => describeProject({ file: "/p/.fairlead/config.toml", kind: "toml", text });
const json = (value: unknown) =>
  describeProject({ file: "/p/.mcp.json", kind: "json", text: JSON.stringify(value) });

test("every other key comes first, as it is written, then programs, addresses and helpers", () => {
  const { needsTrust, lines } = toml(`
    features = { devbox = true }
    [executors.far]
    url = "grpcs://far:1"
    token_env = "FAR"
    [mcp_servers.a]
    command = "npx"
    args = ["-y", "a b", "\\u001b[2J"]
    executor = "far"
    env = { NODE_OPTIONS = "--require ./x.js" }
    http_headers = { X-To = "them" }
    env_vars = ["AWS_SECRET"]
    [connectors.c]
    url = "https://c.example/?token=\${TOKEN}"
    headers_helper = ["sh", "-c", "x"]
    [profiles.p.mcp_servers.b]
    command = "y"
  `);
  expect(needsTrust).toBe(true);
  expect(lines).toEqual([
    "sets features.devbox = true",
    'sets executors.far.url = "grpcs://far:1"',
    'sets executors.far.token_env = "FAR"',
    'sets mcp_servers.a.executor = "far"',
    'sets mcp_servers.a.env.NODE_OPTIONS = "--require ./x.js"',
    'sets mcp_servers.a.http_headers.X-To = "them"',
    'sets mcp_servers.a.env_vars = ["AWS_SECRET"]',
    'server a runs on far: npx -y "a b" "\\u001b[2J"',
    "connector c sends requests to https://c.example/?token=${TOKEN}",
    "connector c runs here: sh -c x",
    "server b of profile p runs: y",
  ]);
});

test("variables of a JSON file stay as they are written, defaults too", () => {
  const { lines } = json({
    mcpServers: {
      a: { command: "${SHELL:-npx}", args: ["--key=${KEY}", "${A:-b}"] },
      b: { url: "https://b.example/${GITHUB_TOKEN:-}" },
    },
  });
  expect(lines).toEqual([
    "server a runs: ${SHELL:-npx} --key=${KEY} ${A:-b}",
    "server b sends requests to https://b.example/${GITHUB_TOKEN:-}",
  ]);
});

test.each([
  ["", false],
  ["[mcp_servers.a]\nenabled = false", false],
  ["[mcp_servers.a]\ntool_timeout_sec = 5\nstartup_timeout_sec = 1.5", false],
  ["[connectors.a]\nsupports_parallel_tool_calls = false", false],
  ["[mcp_servers.a]\nenabled = true", true],
  ["[mcp_servers.a]\ntool_timeout_sec = -1", true],
  ['[mcp_servers.a]\ntool_timeout_sec = "5"', true],
  ["[mcp_servers.a]\ndisabled_tools = []", true],
  ['[mcp_servers.a]\ncommand = "x"', true],
  ["max_name = 30", true],
  ["enabled = false", true],
  ["[mcp_servers]\nenabled = false", true],
  ["[mcp_servers.a.enabled]\nenabled = false", true],
  ["[profiles.p.mcp_servers.a]\nenabled = false", true],
  ["[gateway]", true],
  ["[mcp_servers.a.oauth]", true],
  ["[mcp_servers.a]", true],
  ["[mcp_servers]", false],
])("%j needs trust: %s", (text, needsTrust) => {
  expect(toml(text).needsTrust).toBe(needsTrust);
});

test("a JSON file with a server needs trust, one without does not", () => {
  expect(json({ mcpServers: { a: { url: "http://x" } } }).needsTrust).toBe(true);
  expect(json({ mcpServers: {} }).needsTrust).toBe(false);
});

test.each([
  ["fairlead", ["serve"], false],
  ["npx", ["-y", "fairlead@0.1.0", "serve", "--server", "x"], false],
  ["node", ["/opt/fairlead/bin/fairlead.js", "serve"], false],
  ["C:\\bin\\fairlead.cmd", ["serve"], false],
  ["fairlead", ["run", "--", "x"], true],
  ["serve", ["fairlead"], true],
  ["fairleads", ["serve"], true],
])("a JSON file with %s %j alone needs trust: %s", (command, args, needsTrust) => {
  expect(json({ mcpServers: { own: { command, args } } })).toMatchObject({ needsTrust });
});

test.each([
  ["a shell", { command: "${SHELL:-fairlead}", args: ["-c", "touch pwned", "serve"] }],
  ["a word", { command: "sh", args: ["-c", "x", "${NO:-fairlead}", "${NO:-serve}"] }],
  ["a folder", { command: "${SHELL:-/opt/}fairlead", args: ["serve"] }],
  ["the whole", { command: "${NO:-fairlead}", args: ["serve"] }],
])("%s that variables make of fairlead serve needs trust, whatever they are", (_what, entry) => {
  expect(json({ mcpServers: { x: entry } })).toMatchObject({
    needsTrust: true,
    lines: [expect.stringContaining("server x runs")],
  });
});

test("every server that is used is told, whatever its variables are", async () => {
  const words = ["fairlead", "serve", "${A:-fairlead}", "${A:-serve}", "${A}", "/x/${A:-fairlead}", "x"];
  const mcpServers = Object.fromEntries(
    words.flatMap((command, row) =>
      words.map((word, column) => [`s${row}-${column}`, { command, args: [word, "serve"] }]),
    ),
  );
  const text = JSON.stringify({ mcpServers });
  const { lines } = describeProject({ file: "/p/.mcp.json", kind: "json", text });
  for (const A of ["", "sh", "fairlead", "serve", "/bin/fairlead"]) {
    const { layers } = await readLayers({
      home: "/home-of-fairlead",
      projectFiles: [{ file: "/p/.mcp.json", kind: "json", text, folder: "/p" }],
      env: { A },
      readFile: async () => undefined,
    });
    const used = Object.keys(valueAt(layers.at(-1)?.value, ["mcp_servers"]) as object);
    expect(used.map((name) => lines.find((line) => line.startsWith(`server ${name} runs`)))).not.toContain(
      undefined,
    );
    expect(used).toHaveLength(lines.length);
  }
});

test("many keys and long values hide nothing of what is started", () => {
  const many = Array.from({ length: 3_000 }, (_, index) => `N${index} = "x"`).join("\n");
  const { lines } = toml(
    `[mcp_servers.a]\nenabled = false\ncommand = "x"\ncwd = "${"y".repeat(1_000)}"\n[mcp_servers.a.env]\n${many}`,
  );
  expect(lines).toHaveLength(42);
  expect(lines[0]).toBe(`sets mcp_servers.a.cwd = "${"y".repeat(299)}… and 702 more characters`);
  expect(lines.at(-2)).toBe("sets 2962 more, which only the file shows");
  expect(lines.at(-1)).toBe("server a runs: x");
});

test("what cannot be read is an error", () => {
  expect(() => toml("a = ")).toThrow("is not valid TOML");
});
