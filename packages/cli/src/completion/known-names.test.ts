import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTrustStore } from "../project/trust-store.js";
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

test("no value of a variable is kept, a token not even as a digest, nor what older versions kept of them", async () => {
  const file = join(home, "state", "completion.json");
  const old = { key: '["/",null,[],["FAIRLEAD_TOKEN=s3cret-old"]]', stamps: {}, variables: {} };
  await mkdir(join(home, "state"));
  await writeFile(file, JSON.stringify({ version: 2, entries: [old] }));
  const env = { FAIRLEAD_TOKEN: "s3cret-1", FAIRLEAD_BOX_TOKEN: "s3cret-2", FAIRLEAD_X: "s3cret-3" };
  await read({ env });
  expect(await readFile(file, "utf8")).not.toContain("s3cret");
  await read({ env: { ...env, FAIRLEAD_TOKEN: "s3cret-4", FAIRLEAD_TREE: "a,b" } });
  expect(gathered).toBe(1);
  await read({ env: { ...env, FAIRLEAD_X: "s3cret-5" } });
  expect(gathered).toBe(2);
  expect(await readFile(file, "utf8")).not.toContain("s3cret");
});

test("profiles of every file are known, whichever is used", async () => {
  await config("[profiles.work]\nmax_name = 30\n[profiles.home]\nmax_name = 40\n");
  expect((await read()).profiles).toEqual(["work", "home"]);
  expect((await read({ flags: { profile: "home" } })).profiles).toEqual(["work", "home"]);
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
    version: 4,
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

describe("files of a project", () => {
  let project: string;
  let file: string;
  const text = '{"mcpServers":{"theirs":{"command":"x"}}}';
  const inProject = async (more: Partial<NamesQuery> = {}): Promise<readonly string[]> =>
    serverNames(await read({ cwd: join(project, "a"), userFolder: home, ...more }));
  beforeEach(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), "fl-project-")));
    file = join(project, ".mcp.json");
    await mkdir(join(project, ".git"));
    await mkdir(join(project, "a"));
    await config('[mcp_servers.mine]\ncommand = "x"\n[profiles.work.mcp_servers.extra]\ncommand = "y"\n');
  });
  afterEach(() => rm(project, { recursive: true }));

  test("offer their servers from the moment when somebody trusts them until they change", async () => {
    await writeFile(file, text);
    const store = createTrustStore(home);
    expect(await inProject()).toEqual(["mine"]);
    await store.decide(file, text, "refused");
    expect(await inProject()).toEqual(["mine"]);
    await store.decide(file, text, "trusted");
    expect(await inProject()).toEqual(["mine", "theirs"]);
    await writeFile(file, text.replace("theirs", "another"));
    expect(await inProject()).toEqual(["mine"]);
    await writeFile(file, text);
    expect(await inProject()).toEqual(["mine", "theirs"]);
    await store.forget(() => true);
    expect(await inProject()).toEqual(["mine"]);
  });

  test("are kept like the user's own, with how far up the project goes", async () => {
    await writeFile(file, text);
    await createTrustStore(home).decide(file, text, "trusted");
    expect(await inProject()).toEqual(["mine", "theirs"]);
    expect(await inProject()).toEqual(["mine", "theirs"]);
    expect(gathered).toBe(1);
    // A repository of its own: the file above is none of its project any more.
    await mkdir(join(project, "a", ".git"));
    expect(await inProject()).toEqual(["mine"]);
    expect(gathered).toBe(2);
  });

  test("say which servers are not the user's to change", async () => {
    await writeFile(file, text);
    await createTrustStore(home).decide(file, text, "trusted");
    const { servers } = await read({ cwd: project, userFolder: home });
    expect(servers.map(({ name, isOwn }) => [name, isOwn])).toEqual([
      ["mine", true],
      ["theirs", false],
    ]);
  });

  test("have the servers whose variables are there", async () => {
    const asking = text.replace('"x"', '"${TOOL}"');
    await writeFile(file, asking);
    await createTrustStore(home).decide(file, asking, "trusted");
    expect(await inProject({ env: {} })).toEqual(["mine"]);
    expect(await inProject({ env: { TOOL: "s3cret" } })).toEqual(["mine", "theirs"]);
    expect(await readFile(join(home, "state", "completion.json"), "utf8")).not.toContain("s3cret");
    expect(await inProject({ env: {} })).toEqual(["mine"]);
  });

  test("are one of the layers that flags which were typed lie over; those of -c are not kept", async () => {
    expect(await inProject({ flags: { profile: "work" } })).toEqual(["mine", "extra"]);
    expect(await inProject()).toEqual(["mine"]);
    const flags = { config: ['mcp_servers.typed={command="s3cret"}'] };
    expect(await inProject({ flags })).toEqual(["mine", "typed"]);
    expect(await readFile(join(home, "state", "completion.json"), "utf8")).not.toContain("s3cret");
  });

  test("that are named on the command line need no trust", async () => {
    await writeFile(file, text);
    expect(await inProject({ flags: { mcpConfig: file } })).toEqual(["mine", "theirs"]);
    expect(await inProject()).toEqual(["mine"]);
  });
});
