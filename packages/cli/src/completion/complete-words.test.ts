import { clientNames } from "@fairlead/config";
import { describe, expect, test } from "vitest";
import { createProgram } from "../command-line.js";
import { createTerminal } from "../output/terminal.js";
import { type Completion, completeWords } from "./complete-words.js";
import type { KnownNames, KnownServer } from "./known-names.js";

// Over the real tree of commands, so that a new command or another argument name shows here first.
const program = createProgram(createTerminal(process.stdout, process.stderr));

const server = (name: string, more: Partial<KnownServer> = {}): KnownServer => ({
  name,
  kind: "stdio",
  executor: "local",
  isEnabled: true,
  isOwn: true,
  tools: [],
  ...more,
});
const names: KnownNames = {
  servers: [
    server("files", { tools: ["read_file", "read_folder", "write"] }),
    server("off", { isEnabled: false }),
    server("web", { kind: "http", executor: "devbox" }),
    server("theirs", { isOwn: false }),
    server("desk", { kind: "connector" }),
    server("devbox_local", { kind: "built-in" }),
  ],
  executors: ["local", "devbox"],
  features: ["devbox", "catalogue"],
  profiles: ["home", "work"],
};

async function complete(line: string): Promise<Completion> {
  const words = line.split(" ");
  return completeWords(program, {
    before: words.slice(0, -1),
    current: words.at(-1) ?? "",
    names: async () => names,
  });
}

async function values(line: string): Promise<readonly string[]> {
  return (await complete(line)).candidates.map(({ value }) => value);
}

describe("commands", () => {
  test("all are offered, with what they do", async () => {
    const { candidates } = await complete("");
    const own = program.commands.map((command) => command.name());
    expect(candidates.map(({ value }) => value).toSorted()).toEqual([...own, "help"].toSorted());
    expect(candidates.every(({ description }) => description.length > 5)).toBe(true);
  });

  test("and those below others", async () => {
    expect(await values("executor re")).toEqual(["remove"]);
    expect(await values("auth ")).toEqual(["status", "help"]);
  });
});

describe("flags", () => {
  test("are those of the command, the hidden ones left out", async () => {
    expect(await values("list --ch")).toEqual(["--check"]);
    expect(await values("serve --li")).toEqual([]);
    expect(await values("call files read_file -")).toEqual(
      expect.arrayContaining(["--json", "--raw", "--output-dir", "--help"]),
    );
  });

  test("have values of their own", async () => {
    expect(await values("serve --attach ")).toEqual(["auto", "never", "always"]);
    expect(await values("serve --attach=n")).toEqual(["--attach=never"]);
    expect(await values("run --executor d")).toEqual(["devbox"]);
    expect(await values("serve --enable c")).toEqual(["catalogue"]);
    expect(await values("list --profile ")).toEqual(["home", "work"]);
    expect(await values("client install claude --scope ")).toEqual(["user", "project"]);
    expect(await values("add x --protocol ")).toEqual(["auto", "legacy", "modern"]);
    expect(await complete("add x --mcp-config ")).toMatchObject({ candidates: [], also: "files" });
    expect(await complete("run --cwd ")).toMatchObject({ candidates: [], also: "folders" });
  });

  test("without one do not take the next word for it", async () => {
    expect(await values("serve --http --ser")).toEqual(["--server"]);
    expect(await values("call --json files rea")).toEqual(["read_file", "read_folder"]);
  });
});

describe.each<[line: string, expected: string[]]>([
  ["get ", ["files", "off", "web", "theirs"]],
  ["enable ", ["off"]],
  ["disable ", ["files", "web"]],
  ["remove ", ["files", "off", "web"]],
  ["login ", ["web", "desk"]],
  ["tools d", ["desk", "devbox_local"]],
  ["test w", ["web"]],
  ["call files ", ["read_file", "read_folder", "write"]],
  ["call files files__w", ["files__write"]],
  ["call nobody ", []],
  ["executor remove ", ["devbox"]],
  ["executor describe ", ["devbox"]],
  ["executor add ", []],
  ["add ", []],
  ["completion ", ["bash", "zsh", "fish", "powershell"]],
])("after %j", (line, expected) => {
  test(`come ${expected.join(", ") || "none"}`, async () => {
    expect(await values(line)).toEqual(expected);
  });
});

test("the clients that there are are offered, and files beside them where those will do", async () => {
  expect(await values("client install ")).toEqual(clientNames);
  expect(await complete("client install c")).toMatchObject({ also: "nothing" });
  expect(await values("import ")).toEqual(clientNames);
  expect(await complete("import v")).toMatchObject({ candidates: [{ value: "vscode" }], also: "files" });
});

test("files of an executor are begun with its name, beside those of this machine", async () => {
  expect(await complete("cp ")).toMatchObject({
    candidates: [{ value: "devbox:" }],
    also: "files",
    isOpen: true,
  });
});

test("a file of this machine is whole", async () => {
  expect(await complete("cp not")).toMatchObject({ candidates: [], also: "files", isOpen: false });
});

test("what follows -- is another program's", async () => {
  expect(await complete("add x -- npx ")).toMatchObject({ candidates: [], also: "files" });
});

test("what was typed about the configuration is handed on", async () => {
  const asked: unknown[] = [];
  await completeWords(program, {
    before: "get --profile work -c a=1 --config=b=2 --mcp-config=x.json".split(" "),
    current: "",
    names: async (flags) => {
      asked.push(flags);
      return names;
    },
  });
  expect(asked).toEqual([{ profile: "work", config: ["a=1", "b=2"], mcpConfig: "x.json" }]);
});

test("the names are not read where nothing needs them", async () => {
  const refuse = (): never => {
    throw new Error("read");
  };
  for (const before of [[], ["list"], ["serve", "--attach"]]) {
    const { also } = await completeWords(program, { before, current: "-", names: refuse });
    expect(also).toBe("nothing");
  }
});
