import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepToolNames } from "../runtime/cached-tools.js";
import { gatherNames } from "./gather-names.js";
import { type KnownNames, type NamesQuery, readKnownNames } from "./known-names.js";

let home: string;
let gathered: number;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fl-names-"));
  gathered = 0;
});
afterEach(() => rm(home, { recursive: true }));

const config = (text: string): Promise<void> => writeFile(join(home, "config.toml"), text);

async function read(more: Partial<NamesQuery> = {}): Promise<KnownNames> {
  const query = { home, cwd: "/", env: {}, ...more };
  return readKnownNames(query, () => {
    gathered += 1;
    return gatherNames(query);
  });
}

const serverNames = ({ servers }: KnownNames): readonly string[] => servers.map(({ name }) => name);

test("names are read once, until a file is changed, made or removed", async () => {
  expect(serverNames(await read())).toEqual([]);
  expect(serverNames(await read())).toEqual([]);
  expect(gathered).toBe(1);
  await config('[mcp_servers.a]\ncommand = "x"\n');
  expect(serverNames(await read())).toEqual(["a"]);
  expect(serverNames(await read())).toEqual(["a"]);
  expect(gathered).toBe(2);
  await rm(join(home, "config.toml"));
  expect(serverNames(await read())).toEqual([]);
  expect(gathered).toBe(3);
});

test("another folder or another variable of ours may mean another configuration; both are kept", async () => {
  for (const more of [{}, { cwd: "/tmp" }, { env: { FAIRLEAD_X: "1", OTHER: "2" } }]) await read(more);
  expect(gathered).toBe(3);
  for (const more of [{}, { cwd: "/tmp" }, { env: { FAIRLEAD_X: "1" } }]) await read(more);
  expect(gathered).toBe(3);
});

test("tools are those that were seen last, as agents see them", async () => {
  await config(
    '[mcp_servers.a]\ncommand = "x"\ndisabled_tools = ["w*"]\n[mcp_servers.a.tools.read]\nrename = "look"\n[mcp_servers.b]\ncommand = "y"\n',
  );
  await read();
  await keepToolNames(home, "a", ["read", "list.all", "write"]);
  const { servers } = await read();
  expect(servers.map(({ name, tools }) => [name, tools])).toEqual([
    ["a", ["look", "list.all"]],
    ["b", []],
  ]);
});

test("a tool whose name is no plain word goes by the name that agents see", async () => {
  await config('[mcp_servers.a]\ncommand = "x"\n');
  await keepToolNames(home, "a", ["$(touch${IFS}x)", "a\nb", "--yes", "\u{1b}[2J", "list.all"]);
  const { servers } = await read();
  expect(servers[0]?.tools).toEqual([
    expect.stringMatching(/^a__\w+$/),
    expect.stringMatching(/^a__\w+$/),
    "a__--yes",
    expect.stringMatching(/^a__\w+$/),
    "list.all",
  ]);
});

test("what is damaged is made anew, and a home that cannot be written is read each time", async () => {
  await mkdir(join(home, "state"));
  await writeFile(join(home, "state", "completion.json"), "{");
  await config('[mcp_servers.a]\ncommand = "x"\n');
  expect(serverNames(await read())).toEqual(["a"]);
  expect(JSON.parse(await readFile(join(home, "state", "completion.json"), "utf8"))).toMatchObject({
    version: 1,
  });
  await rm(join(home, "state"), { recursive: true });
  await writeFile(join(home, "state"), "");
  expect(serverNames(await read())).toEqual(["a"]);
  expect(serverNames(await read())).toEqual(["a"]);
});

test("a configuration that cannot be used has no names, and nothing is kept", async () => {
  await config("[mcp_servers");
  await expect(read()).rejects.toMatchObject({ code: "usage" });
});
