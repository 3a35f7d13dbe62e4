import { describe, expect, test } from "vitest";
import { readForeignFile } from "./foreign-file.js";
import { type ImportOptions, type ImportPlan, planImport } from "./plan-import.js";

const ours = `# my servers
default_executor = "local"
future_key = 1 # of a later version

[mcp_servers.files] # mine
command = "files-mcp"
`;

function plan(mcpServers: object, options: ImportOptions = {}, text = ours): ImportPlan {
  const file = "/work/site/.mcp.json";
  const source = { file, project: "/work/site", currentFolder: "/work/site" };
  const { servers = [] } = readForeignFile(JSON.stringify({ mcpServers }), source) ?? {};
  return planImport(text, servers, {
    env: { SET: "value", MY_TOKEN: "hidden-token", HOME: "/home/me" },
    userHome: "/home/me",
    separator: "/",
    maxName: 48,
    options,
  });
}

const only = (mcpServers: object, options?: ImportOptions): ImportPlan["servers"][number] => {
  const [server] = plan(mcpServers, options).servers;
  if (server === undefined) throw new Error("no server was planned");
  return server;
};

/** What is shown of servers; their entries go through maskServer first. */
const shown = (servers: ImportPlan["servers"]): string =>
  JSON.stringify(servers.map((server) => ({ ...server, entry: undefined })));

describe("the file of ours", () => {
  test("keeps its comments, its order and keys that nobody knows", () => {
    const { text } = plan({ git: { command: "git-mcp" } });
    expect(text).toBe(`${ours}\n[mcp_servers.git]\ncommand = "git-mcp"\ncwd = "/work/site"\n`);
  });

  test("is not touched by an import of what is there already", () => {
    const first = plan({ git: { command: "git-mcp", args: ["a"], env: { TOKEN: "hidden" } } });
    const second = plan(
      { git: { command: "git-mcp", args: ["a"], env: { TOKEN: "hidden" } } },
      {},
      first.text,
    );
    expect(second.text).toBe(first.text);
    expect(second.servers[0]?.status).toBe("unchanged");
  });

  test("is not touched where one server is bad, unless that is asked for", () => {
    const servers = { good: { command: "x" }, bad: { args: [] } };
    expect(plan(servers)).toMatchObject({ text: ours, isRefused: true });
    const skipping = plan(servers, { skipsInvalid: true });
    expect(skipping.isRefused).toBe(false);
    expect(skipping.text).toContain("[mcp_servers.good]");
    expect(skipping.servers.map(({ status }) => status)).toEqual(["added", "invalid"]);
  });
});

describe("names", () => {
  test("a name that is taken is refused, with one that is not", () => {
    const server = only({ files: { command: "other" } });
    expect(server).toMatchObject({ status: "invalid", proposedName: "files-mcp" });
    expect(server.problems[0]?.text).toContain("--force replaces it");
  });

  test("--force replaces the server where it stands", () => {
    const { text, servers } = plan({ files: { command: "other" } }, { replace: true });
    expect(servers[0]?.status).toBe("replaced");
    expect(text).toContain('[mcp_servers.files]\ncommand = "other"\n');
    expect(text).not.toContain("files-mcp");
  });

  test.each([
    ["My Server", "My-Server"],
    ["a__b_", "a_b"],
    ["größe", "gro-e"],
    ["fairlead", "fairlead-mcp"],
    ["devbox", "devbox-mcp"],
    ["日本", "server"],
    ["x".repeat(60), "x".repeat(36)],
  ])("%s is proposed as %s", (name, proposedName) => {
    expect(only({ [name]: { command: "x" } })).toMatchObject({ status: "invalid", proposedName });
  });

  test("proposed names are taken on request, and only once by each of several imports", () => {
    const servers = { "My Server": { command: "x" }, "My.Server": { command: "y" }, files: { command: "z" } };
    const first = plan(servers, { fixesNames: true });
    expect(first.servers.map(({ name, status }) => [name, status])).toEqual([
      ["My-Server", "added"],
      ["My-Server-mcp", "added"],
      ["files-mcp", "added"],
    ]);
    const second = plan(servers, { fixesNames: true }, first.text);
    expect(second.text).toBe(first.text);
  });

  test("a chosen name is taken, and checked like any other", () => {
    expect(only({ "My Server": { command: "x" } }, { renames: { "My Server": "mine" } })).toMatchObject({
      name: "mine",
      status: "added",
    });
    expect(only({ a: { command: "x" } }, { renames: { a: "files" } }).status).toBe("invalid");
  });
});

test("all go to the executor that is named", () => {
  const { text } = plan({ a: { command: "x" }, b: { url: "https://x/mcp" } }, { executor: "devbox" });
  expect(text.match(/executor = "devbox"/g)).toHaveLength(2);
});

describe("secrets", () => {
  const secret = {
    a: { command: "x", env: { GITHUB_TOKEN: "hidden-1" } },
    b: { url: "https://x/mcp", headers: { Authorization: "Bearer hidden-2", "X-Api-Key": "hidden-3" } },
  };

  test("are named, and told, but not copied", () => {
    const { text, servers } = plan(secret);
    expect(text).toContain('env_vars = ["GITHUB_TOKEN"]');
    expect(text).toContain(
      'bearer_token_env_var = "B_TOKEN"\nenv_http_headers = { X-Api-Key = "B_X_API_KEY" }',
    );
    expect(servers.flatMap(({ toSet }) => toSet.map(({ key }) => key))).toEqual([
      "env.GITHUB_TOKEN",
      "headers.Authorization",
      "headers.X-Api-Key",
    ]);
    expect(shown(servers) + text).not.toContain("hidden");
  });

  test("are copied on request, but for the headers that are always credentials", () => {
    const { text } = plan(secret, { copiesSecrets: true });
    expect(text).toContain('env = { GITHUB_TOKEN = "hidden-1" }');
    expect(text).toContain('http_headers = { X-Api-Key = "hidden-3" }');
    expect(text).not.toContain("hidden-2");
  });

  test.each([
    [{ command: "x", args: ["--api-key", "hidden-1"] }, "args[1]"],
    [{ command: "x", args: ["--token=${MY_TOKEN}"] }, "args[0]"],
    [{ command: "x", args: ["${MY_TOKEN}"] }, "args[0]"],
    [{ command: "x", args: ["-H", "Authorization: Bearer hidden-12345"] }, "args[1]"],
    [{ url: "https://x/mcp", headersHelper: "echo 'Bearer hidden-12345'" }, "headersHelper"],
    [{ url: "https://x/mcp?api_key=hidden" }, "url"],
    [{ url: "https://x/api/s/hidden1NGRlYjE4ZTQtZmYyNC00/mcp" }, "url"],
    [{ command: "sh", args: ["-c", "curl -H 'x: ghp_hiddenhidden0'"] }, "args[1]"],
  ])("where there is no other way than copying them, they stand in the way", (server, key) => {
    const { status, problems } = only({ server });
    expect({ status, key: problems[0]?.key }).toEqual({ status: "invalid", key });
    expect(JSON.stringify(problems)).not.toContain("hidden");
    expect(only({ server }, { copiesSecrets: true }).status).toBe("added");
  });
});

test("two servers with different secrets of one name do not get each other's", () => {
  const servers = {
    a: { command: "x", env: { API_KEY: "hidden-a" } },
    same: { command: "x", env: { API_KEY: "hidden-a" } },
    b: { command: "x", env: { API_KEY: "hidden-b" } },
    c: { command: "x", env: { API_KEY: "${API_KEY}" } },
  };
  const { servers: planned } = plan(servers);
  expect(planned.map(({ status }) => status)).toEqual(["added", "added", "invalid", "invalid"]);
  expect(planned[2]?.problems).toEqual([
    { key: "env", text: expect.stringContaining("needs another value of API_KEY than a") },
  ]);
  expect(shown(planned)).not.toContain("hidden");
  expect(plan(servers, { copiesSecrets: true }).isRefused).toBe(false);
});

test("headers that belong to the protocol are left", () => {
  const headers = { "Content-Type": "application/json", Accept: "x", "X-A": "b", "bad name": "c" };
  const { entry, left } = only({ a: { url: "https://x/mcp", headers } });
  expect(entry).toEqual({ url: "https://x/mcp", http_headers: { "X-A": "b" } });
  expect(left.map(({ key }) => key)).toEqual(["headers.Content-Type", "headers.Accept", "headers.bad name"]);
});

describe("references", () => {
  test.each([
    ["${SET}", "value"],
    ["${env:SET}", "value"],
    ["${UNSET:-default}", "default"],
    ["a${SET}b${UNSET:-}", "avalueb"],
    ["${userHome}${/}x", "/home/me/x"],
    ["${workspaceFolder}/x", "/work/site/x"],
    ["${workspaceFolderBasename}", "site"],
    ["$SET", "$SET"],
  ])("the argument %s is %s", (argument, text) => {
    expect(only({ a: { command: "x", args: [argument] } }).entry).toMatchObject({ args: [text] });
  });

  test.each([
    ["${UNSET}", "needs the environment variable UNSET, which is not set here"],
    ["${input:key}", "needs the input key, which the editor asks for,"],
    ["${command:pick}", "needs ${command:pick}"],
    ["${file:/x}", "needs ${file:/x}"],
  ])("the argument %s cannot be had", (argument, text) => {
    expect(only({ a: { command: "x", args: [argument] } }).problems[0]?.text).toContain(text);
  });

  test("stay references in environments and headers, where ours has them", () => {
    const env = { SET: "${SET}", OTHER: "${SET}", MIXED: "x-${SET}", OPEN: "${input:open}" };
    const headers = { Authorization: "Bearer ${env:T}", "X-A": "${A}", "X-B": "b ${B}" };
    const { servers } = plan({ a: { command: "x", env }, b: { url: "https://x/mcp", headers } });
    expect(servers.map(({ entry }) => entry)).toEqual([
      {
        command: "x",
        cwd: "/work/site",
        env_vars: ["SET", "OPEN"],
        env: { OTHER: "value", MIXED: "x-value" },
      },
      {
        url: "https://x/mcp",
        bearer_token_env_var: "T",
        env_http_headers: { "X-A": "A", "X-B": "B_X_B" },
      },
    ]);
  });
});

test("a variable of the server's own environment is left to its program, as mcp-remote has it", () => {
  const args = ["mcp-remote", "https://x/mcp", "--header", "Authorization:${AUTH_HEADER}"];
  const { entry, notes, status } = only({
    a: { command: "npx", args, env: { AUTH_HEADER: "Bearer hidden" } },
  });
  expect(status).toBe("added");
  expect(entry).toEqual({ command: "npx", args, cwd: "/work/site", env_vars: ["AUTH_HEADER"] });
  expect(notes[0]?.text).toContain("for the program itself to fill in");
});

test("a folder of ~/.claude.json is found however Windows spells it", () => {
  const projects = { "C:/work/site": { mcpServers: { a: { command: "x" } } } };
  const source = { file: "C:\\Users\\me\\.claude.json", currentFolder: "c:\\work\\site" };
  expect(readForeignFile(JSON.stringify({ projects }), source)?.servers).toMatchObject([
    { name: "a", project: "C:/work/site" },
  ]);
});

test("Fairlead itself is never taken over", () => {
  const servers = {
    one: { command: "fairlead", args: ["serve"] },
    two: { command: "/usr/bin/node", args: ["/opt/fairlead/bin/fairlead.js", "serve", "--server", "x"] },
    three: { command: "cmd", args: ["/c", "npx", "-y", "fairlead@1.0.0", "serve"] },
    four: { url: "http://127.0.0.1:7150/mcp", headers: { Authorization: "Bearer ${FAIRLEAD_TOKEN}" } },
  };
  const { text, servers: planned } = plan(servers);
  expect(text).toBe(ours);
  expect(planned.map(({ status }) => status)).toEqual(["left", "left", "left", "left"]);
});

test.each([
  [null, "expected an object"],
  ["x", "expected an object"],
  [{}, "is missing, and so is url"],
  [{ command: ["x"] }, "expected a string"],
  [{ command: "x", args: "-y" }, "expected an array of strings"],
  [{ command: "x", env: [] }, "expected an object"],
  [{ command: "x", env: { A: {} } }, "expected a string"],
  [{ command: "x", type: "http" }, "does not go with its command"],
  [{ command: "x", type: "ws" }, "is a transport that is not known here"],
  [{ command: "x", disabled: "yes" }, "expected true or false"],
  [{ command: "x", timeout: -1 }, "expected a number above 0"],
  [{ source: "extension", settings: {} }, "comes with an extension of the client"],
])("what is no server is told by what is wrong with it: %j", (server, text) => {
  const { status, problems } = only({ server });
  expect(status).toBe("invalid");
  expect(problems.map((problem) => problem.text).join()).toContain(text);
});

test("keys with the names of inherited properties are left like others", () => {
  const { left } = only({
    a: JSON.parse('{ "command": "x", "constructor": 1, "__proto__": 2, "toString": 3 }'),
  });
  expect(left.map(({ key }) => key)).toEqual(["constructor", "__proto__", "toString"]);
});

describe("the folder that a program starts in", () => {
  const starting = (
    raw: object,
    { text = "", ...where }: { project?: string; ofFile?: string; executor?: string; text?: string } = {},
  ): ImportPlan["servers"][number] | undefined => {
    const source = { file: "/x/mcp.json", project: where.ofFile, currentFolder: "/work/site" };
    const { servers = [] } = readForeignFile(JSON.stringify({ mcpServers: { a: raw } }), source) ?? {};
    const { project, executor } = where;
    const options = { executor, skipsInvalid: true };
    return planImport(text, servers, {
      env: {},
      userHome: "/home/me",
      separator: "/",
      maxName: 48,
      project,
      options,
    }).servers[0];
  };

  test("is that of its project, wherever Fairlead is started", () => {
    const ofFile = "/work/site";
    const raw = { command: "node", args: ["./server.js"] };
    expect(starting(raw, { ofFile })).toMatchObject({ entry: { cwd: ofFile }, notes: [{ key: "cwd" }] });
    expect(starting({ ...raw, cwd: "sub" }, { ofFile })?.entry).toMatchObject({ cwd: "/work/site/sub" });
    expect(starting({ url: "https://x.example/mcp" }, { ofFile })?.entry).not.toHaveProperty("cwd");
  });

  test("is not asked of another machine, which does not have it", () => {
    const ofFile = "/work/site";
    const text = 'default_executor = "box"\n[executors.box]\naddress = "127.0.0.1:1"\n';
    expect(starting({ command: "x" }, { ofFile, executor: "box" })?.entry).not.toHaveProperty("cwd");
    expect(starting({ command: "x" }, { ofFile, text })?.entry).not.toHaveProperty("cwd");
    expect(starting({ command: "x" }, { ofFile, text, executor: "local" })?.entry).toHaveProperty("cwd");
  });

  test.each([
    "sub",
    "~/x",
    "~",
    "C:x",
    ".",
    "${workspaceFolder}",
    "${workspaceFolder}/sub",
    "${userHome}/x",
    "${CLAUDE_PROJECT_DIR}/x",
  ])("is not %j of this machine on another one", (cwd) => {
    const raw = { command: "node", cwd };
    const problem = { key: "cwd", text: expect.stringContaining("write the full path there") };
    const rules = { ofFile: "/work/site", project: "/work", executor: "box" };
    expect(starting(raw, rules)).toMatchObject({ status: "invalid", problems: [problem] });
  });

  test("may be told another machine with what is the same there", () => {
    const raw = { command: "node", cwd: "/srv${/}${workspaceFolderBasename}" };
    const rules = { ofFile: "/work/site", project: "/work/site", executor: "box" };
    expect(starting(raw, rules)).toMatchObject({ status: "added", entry: { cwd: "/srv/site" } });
  });

  test.each([
    "C:\\Users\\ü x\\",
    "C:/src",
    "\\\\srv\\share\\..",
    "/srv//x/./",
    "//srv/share",
    "\\\\?\\C:\\x",
  ])("keeps the spelling of %j", (cwd) => {
    for (const executor of ["box", "local"]) {
      expect(starting({ command: "node", cwd }, { project: "/work", executor })?.entry).toMatchObject({
        cwd,
      });
    }
  });

  test.each(["./run.sh", "tools/run", "..\\run.exe"])(
    "has to be named for the command %s of no project",
    (command) => {
      const problem = { key: "command", text: expect.stringContaining("--project FOLDER") };
      expect(starting({ command })).toMatchObject({ status: "invalid", problems: [problem] });
      expect(starting({ command }, { project: "/work/site" })).toMatchObject({
        status: "added",
        entry: { cwd: "/work/site" },
      });
      expect(starting({ command, cwd: "/opt" })).toMatchObject({ status: "added", entry: { cwd: "/opt" } });
    },
  );

  test("is told where an argument is counted from it", () => {
    const raw = { command: "node", args: ["--x", "../server.js"] };
    expect(starting(raw)).toMatchObject({ status: "added", notes: [{ key: "args[1]" }] });
    expect(starting({ command: "/bin/node", args: ["-y", "@scope/pkg"] })?.notes).toEqual([]);
  });
});
