import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Terminal } from "../output/terminal.js";
import { type SeenFile, seeProjectFiles, usedFiles } from "./admit-project-files.js";
import { askTrust } from "./ask-trust.js";
import { projectWarnings } from "./load-project.js";
import { trustCommandLine } from "./trust-command-line.js";
import { createTrustStore, trustFilePath } from "./trust-store.js";

let folder: string;
let home: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "fairlead-trust-")));
  home = join(folder, "home");
});
afterEach(() => rm(folder, { recursive: true }));

const starts = JSON.stringify({ mcpServers: { x: { command: "run-x" } } });

async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const see = (cwd: string): Promise<readonly SeenFile[]> =>
  seeProjectFiles({ home, cwd: join(folder, cwd), userFolder: join(folder, "user") });
const states = async (cwd: string): Promise<string[]> => (await see(cwd)).map(({ state }) => state);

describe("a file of a project", () => {
  test("is used once it is trusted, as it was then, and no more after it changed", async () => {
    const file = await write("p/.mcp.json", starts);
    const store = createTrustStore(home);
    expect(await states("p")).toEqual(["untrusted"]);
    expect(usedFiles(await see("p"))).toEqual([]);
    await store.decide(file, starts, "trusted");
    expect(usedFiles(await see("p"))).toEqual([{ file, kind: "json", text: starts, folder: dirname(file) }]);
    await writeFile(file, starts.replace("run-x", "run-y"));
    expect(await states("p")).toEqual(["changed"]);
    expect(usedFiles(await see("p"))).toEqual([]);
    await writeFile(file, starts);
    expect(await states("p")).toEqual(["trusted"]);
  });

  test("that is refused stays so until it changes", async () => {
    const file = await write("p/.mcp.json", starts);
    await createTrustStore(home).decide(file, starts, "refused");
    expect(await states("p")).toEqual(["refused"]);
    expect(projectWarnings(await see("p"))).toEqual([]);
    await writeFile(file, `${starts} `);
    expect(await states("p")).toEqual(["changed"]);
  });

  test("that starts nothing needs no trust", async () => {
    await write("p/.fairlead/config.toml", "[mcp_servers.x]\nenabled = false\n");
    expect(await states("p")).toEqual(["harmless"]);
    expect(usedFiles(await see("p"))).toHaveLength(1);
  });

  test("that cannot be read is told and never used, whatever it is", async () => {
    await write("p/.mcp.json", "{ nonsense");
    await write("q/.mcp.json", " ".repeat(1024 * 1024 + 1));
    await mkdir(join(folder, "r/.mcp.json"), { recursive: true });
    await write("s/.fairlead/config.toml", "a = \n");
    for (const cwd of ["p", "q", "r", "s"]) {
      const seen = await see(cwd);
      expect(seen.map(({ state }) => state)).toEqual(["unreadable"]);
      expect(projectWarnings(seen)).toEqual([expect.stringMatching(/^.* is not used: ./)]);
    }
  });

  test("that is a link to a trusted one elsewhere is not trusted: the same words start another program here", async () => {
    const file = await write("mine/.mcp.json", starts);
    await createTrustStore(home).decide(file, starts, "trusted");
    await mkdir(join(folder, "theirs"));
    await symlink(file, join(folder, "theirs/.mcp.json"));
    await symlink(join(folder, "mine"), join(folder, "by-link"));
    expect(await states("theirs")).toEqual(["untrusted"]);
    // The same folder by another name is the same place.
    expect(await states("by-link")).toEqual(["trusted"]);
  });

  test("that is a link is judged by what it leads to now", async () => {
    const target = await write("elsewhere/servers.json", starts);
    await mkdir(join(folder, "p"));
    await symlink(target, join(folder, "p/.mcp.json"));
    await createTrustStore(home).decide(join(folder, "p/.mcp.json"), starts, "trusted");
    expect(await states("p")).toEqual(["trusted"]);
    await writeFile(target, starts.replace("run-x", "evil"));
    expect(await states("p")).toEqual(["changed"]);
  });
});

describe("the store", () => {
  test("is a file that its owner alone reads, and forgets what is asked for", async () => {
    const store = createTrustStore(home);
    await Promise.all([store.decide("/a", "1", "trusted"), store.decide("/b", "2", "refused")]);
    const { mode } = await stat(trustFilePath(home));
    expect(process.platform === "win32" || (mode & 0o777) === 0o600).toBe(true);
    expect(await readFile(trustFilePath(home), "utf8")).not.toContain('"1"');
    expect(await store.forget((file) => file === "/a")).toEqual(["/a"]);
    expect(await store.decisionOf("/a", "1")).toBeUndefined();
    expect(await store.decisionOf("/b", "2")).toBe("refused");
  });

  test("loses nothing that several write at once", async () => {
    const files = Array.from({ length: 20 }, (_, index) => `/${index}`);
    await createTrustStore(home).decide("/gone", "1", "trusted");
    await Promise.all([
      ...files.map((file) => createTrustStore(home).decide(file, "1", "trusted")),
      createTrustStore(home).forget((file) => file === "/gone"),
    ]);
    const store = createTrustStore(home);
    const decisions = await Promise.all(files.map((file) => store.decisionOf(file, "1")));
    expect(new Set(decisions)).toEqual(new Set(["trusted"]));
    expect(await store.decisionOf("/gone", "1")).toBeUndefined();
  });

  test("that is damaged trusts nothing and says so", async () => {
    await write("home/state/trust.json", '{"version":1,"files":[');
    await expect(createTrustStore(home).decisionOf("/a", "1")).rejects.toThrow(
      "is damaged: mend or remove it",
    );
  });

  test("takes only decisions that it knows", async () => {
    const files = {
      "/a": { sha256: "x", decision: "perhaps" },
      "/b": null,
      __proto__: { decision: "trusted" },
    };
    await write("home/state/trust.json", JSON.stringify({ version: 1, files }));
    const store = createTrustStore(home);
    for (const file of ["/a", "/b", "__proto__", "toString"]) {
      expect(await store.decisionOf(file, "1")).toBeUndefined();
    }
  });
});

describe("the question", () => {
  async function answer(typed: string, text = starts): Promise<{ said: string; states: string[] }> {
    await write("p/.mcp.json", text);
    const said: string[] = [];
    const terminal = { tell: (line: string) => void said.push(line) } as unknown as Terminal;
    const input = new PassThrough();
    input.end(typed);
    const seen = await askTrust(await see("p"), { home, terminal, input });
    return { said: said.join("\n"), states: seen.map(({ state }) => state) };
  }

  test.each([
    ["yes\n", "trusted", "trusted"],
    ["Y\n", "trusted", "trusted"],
    ["no\n", "refused", "refused"],
    ["\n", "untrusted", "untrusted"],
    ["what\nyes\n", "trusted", "trusted"],
    ["", "untrusted", "untrusted"],
    ["what\n", "untrusted", "untrusted"],
  ])("answered with %j makes a file %s, and so it stays", async (typed, now, later) => {
    expect((await answer(typed)).states).toEqual([now]);
    expect(await states("p")).toEqual([later]);
  });

  test("tells after a no how to be asked again, and nothing of that after no answer", async () => {
    expect((await answer("no\n")).said).toContain(`To be asked again: ${trustCommandLine(`${folder}/p`)}`);
    expect((await answer("\n")).said).not.toContain("To be asked again");
  });

  test("shows what would be started, and nothing of it moves the cursor", async () => {
    const text = JSON.stringify({
      mcpServers: { "\u202ex": { command: "rm", args: ["\u001b[2J\u202e", "-rf"] } },
    });
    const { said } = await answer("no\n", text);
    expect(said).toContain("runs: rm");
    for (const character of ["\u001b", "\u202e"]) expect(said).not.toContain(character);
  });
});

test("what nobody decided about is told in one line, with the command to type", async () => {
  await write("p/.git/HEAD", "");
  await write("p/.mcp.json", starts);
  await write("p/a b/.mcp.json", starts);
  const warnings = projectWarnings(await see("p/a b"));
  expect(warnings).toEqual([
    `${folder}/p/.mcp.json and ${folder}/p/a b/.mcp.json are not trusted yet and are not used. To see and use them: fairlead trust '${folder}/p/a b' (without a terminal: with --yes)`,
  ]);
  expect(trustCommandLine("/it's")).toBe("fairlead trust '/it'\\''s'");
});
