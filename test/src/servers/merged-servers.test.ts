import { createHash } from "node:crypto";
import type { RawClient } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "./support/dispose-stack.js";
import { oddNamesServer } from "./support/local-fixtures.js";
import { fixtureServer, openRawGateway } from "./support/raw-gateway.js";

const oddNames = [
  "do it / now",
  "naïve.tool",
  "x".repeat(80),
  "a__b",
  "tail_",
  "looks_0a1b2c3d",
  "",
  "plain-1",
];
const longName = "a-server-with-quite-a-long-name";

const stack = createDisposeStack();
let client: RawClient;
let exposed: string[];
beforeAll(async () => {
  const opened = await openRawGateway({
    servers: {
      one: fixtureServer({}, "--name", "first"),
      two: fixtureServer({}, "--name", "second", "--pages", "4"),
      odd: oddNamesServer(oddNames),
      [longName]: fixtureServer(),
      only: fixtureServer({ enabled_tools: ["echo", "p*", "cw?"], disabled_tools: ["pid"] }),
      less: fixtureServer({ disabled_tools: ["s*", "exit"] }),
      off: fixtureServer({ enabled: false }),
    },
  });
  client = stack.use(opened).client;
  exposed = (await list("tools/list", "tools")).map(({ name }) => name);
});
afterAll(async () => stack[Symbol.asyncDispose]());

interface Item {
  readonly name: string;
  readonly uri?: string;
}

/** The items of one list. @param member the member of the result that holds them */
async function list(method: string, member: string): Promise<Item[]> {
  const { result } = await client.request(method);
  return { ...result }[member] as Item[];
}

async function promptNames(): Promise<string[]> {
  return (await list("prompts/list", "prompts")).map(({ name }) => name);
}

async function callText(name: string, args: object = {}): Promise<string> {
  const { result, error } = await client.request("tools/call", { name, arguments: args });
  if (error !== undefined) throw new Error(`${error.code} ${error.message}`);
  const [block] = { ...result }["content"] as { text: string }[];
  return block?.text ?? "";
}

function ofServer(server: string): string[] {
  return exposed
    .filter((name) => name.startsWith(`${server}__`))
    .map((name) => name.slice(server.length + 2));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

describe("two servers with the same tools", () => {
  test("show all of both, a list of many pages included", () => {
    expect(ofServer("one").length).toBeGreaterThan(15);
    expect(ofServer("two")).toEqual(ofServer("one"));
    expect(new Set(exposed).size).toBe(exposed.length);
  });

  test("answer each for itself", async () => {
    const pids = await Promise.all(["one", "two", longName].map((server) => callText(`${server}__pid`)));
    expect(new Set(pids).size).toBe(3);
    const told = client.nextMessage(({ method }) => method === "notifications/message");
    await callText("two__log", { level: "error", text: "from two" });
    expect((await told).params).toEqual({ level: "error", logger: "second", data: "from two" });
  });

  test("answer at the same time, whoever is slow", async () => {
    const slow = callText("one__sleep", { ms: 300 });
    expect(await callText("two__echo", { text: "quick" })).toBe("quick");
    expect(await slow).toBe("slept 300 ms");
  });

  test("get prompts of their own names", async () => {
    expect(await promptNames()).toEqual(expect.arrayContaining(["one__greeting", "two__greeting"]));
    const got = await client.request("prompts/get", { name: "two__greeting", arguments: { name: "Ada" } });
    expect(JSON.stringify(got.result)).toContain("hello Ada");
  });

  test("show a resource that both have once, and the first one answers", async () => {
    const resources = await list("resources/list", "resources");
    expect(resources.map(({ uri }) => uri)).toEqual(["fixture://text", "fixture://blob"]);
    const read = await client.request("resources/read", { uri: "fixture://item/42" });
    expect(read.result).toMatchObject({ contents: [{ text: "item 42" }] });
  });

  test("a method of its own making has nowhere to go", async () => {
    expect((await client.request("vendor/x")).error?.code).toBe(-32_601);
  });
});

describe("odd names", () => {
  test.each(oddNames.map((raw) => [raw]))("the tool and the prompt %j can be called", async (raw) => {
    const prompts = await promptNames();
    const index = oddNames.indexOf(raw);
    const shown = exposed.filter((name) => name.startsWith("odd__"))[index] ?? "";
    expect(shown).toMatch(/^[A-Za-z0-9_-]{1,48}$/);
    expect(shown.endsWith(`_${hash(raw)}`)).toBe(!["a__b", "tail_", "plain-1"].includes(raw));
    expect(await callText(shown)).toBe(raw);
    expect(prompts.filter((name) => name.startsWith("odd__"))[index]).toBe(shown);
    const prompt = await client.request("prompts/get", { name: shown });
    expect(JSON.stringify(prompt.result)).toContain(JSON.stringify(raw));
  });

  test("a name that is too long behind its server's is cut, and can be called", async () => {
    const shown = ofServer(longName).find((name) => name.endsWith(`_${hash("notify-list-changed")}`));
    expect(`${longName}__${shown}`).toHaveLength(48);
    expect(await callText(`${longName}__${shown}`)).toBe("notified");
  });
});

describe("filters", () => {
  test("hide what is not enabled, and what is disabled", () => {
    expect(ofServer("only").toSorted()).toEqual(["cwd", "echo", "progress"]);
    const [all, less] = [ofServer("one"), ofServer("less")];
    expect(less).toEqual(all.filter((name) => !name.startsWith("s") && name !== "exit"));
    expect(less.length).toBeLessThan(all.length);
  });

  test.each(["only__pid", "only__sleep", "less__exit", "less__stderr"])(
    "refuse a call of %s too",
    async (name) => {
      const { error } = await client.request("tools/call", { name, arguments: {} });
      expect(error).toMatchObject({
        message: expect.stringContaining(name),
        data: { fairlead: { code: "forbidden", details: { reason: "policy_denied" } } },
      });
    },
  );

  test("let through what is left", async () => {
    expect(await callText("only__echo", { text: "yes" })).toBe("yes");
  });
});

describe("what is not there", () => {
  test("a server that is switched off has no tools", () => {
    expect(ofServer("off")).toEqual([]);
  });

  test.each(["off__echo", "none__echo", "echo", "__echo", ""])(
    "a call of %j is refused by name",
    async (name) => {
      const { error } = await client.request("tools/call", { name, arguments: {} });
      expect(error).toMatchObject({ code: -32_602, data: { fairlead: { code: "not_found" } } });
    },
  );

  test("a tool that its server does not know is refused in the server's own words", async () => {
    const { error } = await client.request("tools/call", { name: "one__none", arguments: {} });
    expect(error).toEqual({ code: -32_602, message: "unknown tool none" });
  });
});
