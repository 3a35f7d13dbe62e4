import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ClientLaunch, clientEntry } from "./client-entry.js";
import { type ClientFile, type ClientName, clientFile, clientNames } from "./client-files.js";
import { installInText, namesInText, uninstallFromText } from "./edit-client-text.js";

const launch: ClientLaunch = {
  kind: "command",
  command: "/usr/bin/node",
  args: ["/opt/fairlead/bin/fairlead.js", "serve"],
  env: { FAIRLEAD_HOME: "/home/me/.fairlead" },
};
const url: ClientLaunch = { kind: "url", url: "http://127.0.0.1:7150/mcp" };
const home = fileURLToPath(new URL("../../fixtures/home", import.meta.url));

function fileOf(client: ClientName): ClientFile {
  const file = clientFile(client, "user", { platform: "linux", env: {}, userHome: home, project: "/" });
  if (file === undefined) throw new Error(`${client} has no file`);
  return file;
}

describe.each(clientNames)("the configuration of %s", (client) => {
  const file = fileOf(client);
  const place = { file, name: "fairlead" };
  const text = readFileSync(file.path, "utf8");
  const entry = clientEntry(client, launch);

  test("gets the entry at its end, and loses it again byte for byte", () => {
    const installed = installInText(text, place, entry);
    expect(namesInText(installed, file)).toEqual(["fairlead"]);
    expect(installInText(installed, place, entry)).toBe(installed);
    expect(uninstallFromText(installed, place)).toBe(text);
  });

  test("may be new", () => {
    const installed = installInText("", place, entry);
    expect(installed).toMatchSnapshot();
    expect(namesInText(installed, file)).toEqual(["fairlead"]);
  });

  test("keeps what is somebody else's, unless that is asked for", () => {
    const [other = ""] = Object.keys(
      client === "codex" ? { context7: 1 } : (JSON.parse(strip(text))[file.container] as object),
    );
    const others = { file, name: other };
    expect(() => installInText(text, others, entry)).toThrow("is something else");
    expect(() => uninstallFromText(text, others)).toThrow("is something else");
    expect(namesInText(installInText(text, { ...others, force: true }, entry), file)).toEqual([other]);
    expect(uninstallFromText(text, { ...others, force: true })).not.toBe(text);
  });

  test("without the entry is not touched by taking it out", () => {
    expect(uninstallFromText(text, place)).toBe(text);
    expect(uninstallFromText("", place)).toBe("");
  });
});

/** Comments and last commas out: no text of the fixtures looks like one. */
function strip(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, "").replaceAll(/,(?=\s*[}\]])/g, "");
}

test("an address is written as each client has it, with the token by its name", () => {
  const entries = clientNames.flatMap((client) => {
    try {
      return [`${client} ${JSON.stringify(clientEntry(client, url))}`];
    } catch (thrown) {
      return [`${client}: ${String(thrown)}`];
    }
  });
  expect(entries.join("\n")).toMatchInlineSnapshot(`
    "claude {"type":"http","url":"http://127.0.0.1:7150/mcp","headers":{"Authorization":"Bearer \${FAIRLEAD_TOKEN}"}}
    claude-desktop: FairleadError: claude-desktop cannot take a token from its environment, and the gateway asks for one; leave out --http, and claude-desktop starts fairlead serve itself
    codex {"url":"http://127.0.0.1:7150/mcp","bearer_token_env_var":"FAIRLEAD_TOKEN"}
    cursor {"url":"http://127.0.0.1:7150/mcp","headers":{"Authorization":"Bearer \${env:FAIRLEAD_TOKEN}"}}
    gemini {"httpUrl":"http://127.0.0.1:7150/mcp","headers":{"Authorization":"Bearer \${FAIRLEAD_TOKEN}"}}
    vscode {"type":"http","url":"http://127.0.0.1:7150/mcp","headers":{"Authorization":"Bearer \${env:FAIRLEAD_TOKEN}"}}
    windsurf {"serverUrl":"http://127.0.0.1:7150/mcp","headers":{"Authorization":"Bearer \${env:FAIRLEAD_TOKEN}"}}
    zed: FairleadError: zed cannot take a token from its environment, and the gateway asks for one; leave out --http, and zed starts fairlead serve itself"
  `);
});

test("an entry with an address is known as ours again", () => {
  for (const client of ["claude", "codex", "cursor", "gemini", "vscode", "windsurf"] as const) {
    const file = fileOf(client);
    expect(namesInText(installInText("", { file, name: "gate" }, clientEntry(client, url)), file)).toEqual([
      "gate",
    ]);
  }
});

test("an older entry of ours is replaced without a question", () => {
  const file = fileOf("cursor");
  const old = '{ "mcpServers": { "fairlead": { "command": "fairlead", "args": ["serve"] } } }';
  expect(installInText(old, { file, name: "fairlead" }, clientEntry("cursor", launch))).toContain(
    "/usr/bin/node",
  );
});

test("a table that is switched off by comments below ours stays, whether ours is replaced or taken out", () => {
  const place = { file: fileOf("codex"), name: "fairlead" };
  const off = '# [mcp_servers.other]\n# command = "other"\n';
  const old = `model = "x"\n\n[mcp_servers.fairlead]\ncommand = "fairlead"\nargs = ["serve"]\n${off}`;
  const entry = clientEntry("codex", launch);
  for (const text of [old, `${old}\n[tail]\na = 1\n`]) {
    const installed = installInText(text, place, entry);
    expect(installed).toContain("/usr/bin/node");
    expect(installed).toContain(off);
    expect(uninstallFromText(text, place)).toContain(off);
    expect(uninstallFromText(installed, place)).toContain(off);
  }
});

describe("an entry of ours that its owner has changed", () => {
  const place = { file: fileOf("cursor"), name: "fairlead" };
  const entry = clientEntry("cursor", launch);
  const withEntry = (lines: string): string =>
    `{\n  "mcpServers": {\n    "fairlead": {\n${lines}\n    }\n  }\n}\n`;

  test("keeps what was added, and its comments, when it is installed again", () => {
    const old = withEntry(
      `      // the one of the shell\n      "command": "fairlead",\n      "args": ["serve"],\n      "timeout": 60000, // slow\n      "env": { "HTTPS_PROXY": "http://proxy:8080" },\n      "disabled": true`,
    );
    const text = installInText(old, place, entry);
    expect(text).toContain("// the one of the shell");
    expect(text).toContain('"timeout": 60000, // slow');
    expect(JSON.parse(strip(text).replaceAll("// slow", ""))).toEqual({
      mcpServers: {
        fairlead: {
          command: "/usr/bin/node",
          args: ["/opt/fairlead/bin/fairlead.js", "serve"],
          timeout: 60000,
          env: { HTTPS_PROXY: "http://proxy:8080", FAIRLEAD_HOME: "/home/me/.fairlead" },
          disabled: true,
        },
      },
    });
    expect(installInText(text, place, entry)).toBe(text);
  });

  test("keeps it in a table of Codex too", () => {
    const codex = { file: fileOf("codex"), name: "fairlead" };
    const old = `[mcp_servers.fairlead]\ncommand = "fairlead" # mine\n# slow\nstartup_timeout_sec = 60\nargs = ["serve"]\n`;
    const text = installInText(old, codex, clientEntry("codex", { ...launch, env: {} }));
    expect(text).toBe(
      `[mcp_servers.fairlead]\ncommand = "/usr/bin/node" # mine\n# slow\nstartup_timeout_sec = 60\nargs = ["/opt/fairlead/bin/fairlead.js", "serve"]\n`,
    );
    const tables = `${old}\n[mcp_servers.fairlead.env]\nA = "1"\n`;
    const merged = installInText(tables, codex, clientEntry("codex", launch));
    expect(merged).toMatch(/A = "1"/);
    expect(merged).toContain("startup_timeout_sec = 60");
    expect(merged).toContain("FAIRLEAD_HOME");
    expect(installInText(merged, codex, clientEntry("codex", launch))).toBe(merged);
  });

  test("loses what is about a program where it becomes an address, and nothing else", () => {
    const old = withEntry(
      `      "command": "fairlead", "args": ["serve"], "env": { "A": "1" }, "disabled": true`,
    );
    const text = installInText(old, place, clientEntry("cursor", url));
    expect(JSON.parse(text)).toEqual({
      mcpServers: { fairlead: { disabled: true, ...clientEntry("cursor", url) } },
    });
  });

  test.each([
    [{ command: "fairlead", args: ["serve", "--profile", "work"] }, "in a way of its own"],
    [{ command: "fairlead", args: ["-c", "x=1", "serve"] }, "is something else"],
    [{ command: "docker", args: ["run", "fairlead", "serve"] }, "in a way of its own"],
    [{ command: "ssh", args: ["devbox", "fairlead", "serve"] }, "is something else"],
    [{ command: "/bin/sh", args: ["-c", "rm x", "fairlead", "serve"] }, "in a way of its own"],
  ])("is neither replaced nor removed without a question as %j", (known, why) => {
    const text = JSON.stringify({ mcpServers: { fairlead: known } });
    expect(() => installInText(text, place, entry)).toThrow(why);
    expect(() => uninstallFromText(text, place)).toThrow(why);
    expect(installInText(text, { ...place, force: true }, entry)).toContain("/usr/bin/node");
    expect(namesInText(uninstallFromText(text, { ...place, force: true }), place.file)).toEqual([]);
  });

  test.each([
    ["fairlead", "serve"],
    ["C:\\\\bin\\\\fairlead.cmd", "serve"],
    ["npx", "-y", "fairlead@1.2.3", "serve"],
    ["cmd", "/c", "npx", "-y", "fairlead@1.2.3", "serve"],
    ["C:\\\\node.exe", "C:\\\\lib\\\\fairlead.js", "serve"],
  ])("is replaced as an installation writes it: %s %s", (command, ...args) => {
    const text = JSON.stringify({ mcpServers: { fairlead: { command, args } } });
    expect(installInText(text, place, entry)).toContain("/usr/bin/node");
    expect(uninstallFromText(text, place)).not.toContain("serve");
  });
});
