import { loadConfig } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";
import { describe, expect, test } from "vitest";
import { type ToolSearch, toRawToolName, unknownToolError, unlistedToolHint } from "./find-tool.js";

// A connection that only lists: what is called in the end is the business of the system tests.
async function search(
  tools: readonly string[],
  more: Partial<ServerDefinition> & { readonly isRaw?: boolean } = {},
): Promise<ToolSearch & { readonly lists: () => number }> {
  const { isRaw = false, ...settings } = more;
  let lists = 0;
  const { config } = await loadConfig({ home: "/", readFile: () => Promise.resolve("") });
  const definition: ServerDefinition = {
    name: "box",
    executor: "local",
    required: false,
    startupTimeoutMs: 1_000,
    toolTimeoutMs: 1_000,
    maxMessageBytes: 1_000,
    enabledTools: undefined,
    disabledTools: [],
    prepare: () => Promise.reject(new Error("not started here")),
    ...settings,
  };
  const request = async () => {
    lists += 1;
    const result = Buffer.from(JSON.stringify({ tools: tools.map((name) => ({ name })) }));
    return { kind: "result", result } as const;
  };
  return {
    definition,
    connection: { request },
    context: { config, signal: new AbortController().signal },
    isRaw,
    lists: () => lists,
  };
}

describe("a tool is found", () => {
  test.each([
    ["keep", "keep"],
    ["box__keep", "keep"],
    ["unlisted", "unlisted"],
    ["box__unlisted", "box__unlisted"],
    ["box__odd", "box__odd"],
    ["box__a_b_58b2e4b3", "box__a_b_58b2e4b3"],
  ])("%s is %s", async (typed, raw) => {
    expect(await toRawToolName(typed, await search(["keep", "box__odd", "a.b"]))).toBe(raw);
  });

  test("by its new name, with the server in front or without, and by its old one", async () => {
    const renamed = { tools: { keep: { rename: "store" } } };
    for (const typed of ["store", "box__store", "keep"]) {
      expect(await toRawToolName(typed, await search(["keep"], renamed))).toBe("keep");
    }
  });

  test("as agents see it where one is called what another one was", async () => {
    const swapped = { tools: { a: { rename: "b" }, b: { rename: "a" } } };
    expect(await toRawToolName("a", await search(["a", "b"], swapped))).toBe("b");
    expect(await toRawToolName("a", await search(["a", "b"], { ...swapped, isRaw: true }))).toBe("a");
  });

  test("without asking the server where the name says it all", async () => {
    const plain = await search(["keep"]);
    await toRawToolName("keep", plain);
    expect(plain.lists()).toBe(0);
  });
});

describe("a tool that is switched off", () => {
  test.each([
    ["wipe", { disabledTools: ["w*"] }],
    ["box__wipe", { enabledTools: ["keep"], disabledTools: [] }],
    ["clean", { disabledTools: ["wipe"], tools: { wipe: { rename: "clean" } } }],
  ])("is refused as %s", async (typed, settings) => {
    await expect(toRawToolName("wipe", await search(["keep", "wipe"], settings))).rejects.toMatchObject({
      code: "forbidden",
      reason: "policy_denied",
      details: { server: "box", tool: "wipe" },
    });
    const found = toRawToolName(typed, await search(["keep", "wipe"], settings));
    // Under names that agents never see it is nobody's.
    expect(await found.catch(({ code }: { code: string }) => code)).not.toBe("wipe");
  });

  test("is called all the same with --raw", async () => {
    expect(await toRawToolName("wipe", await search(["wipe"], { disabledTools: ["*"], isRaw: true }))).toBe(
      "wipe",
    );
  });
});

test("a tool that there is not is told with those that agents see, and the nearest", async () => {
  const settings = { disabledTools: ["wipe"], tools: { keep: { rename: "store" } } };
  const error = await unknownToolError("stroe", await search(["keep", "wipe", "a.b"], settings), "no");
  expect(error?.message).toBe(
    'Server box has no tool "stroe"; it has store, a.b. Did you mean "store"? It said: no',
  );
  expect(await unlistedToolHint("stroe", await search(["keep"], settings))).toBe(
    'Server box lists no tool "stroe"; it has store. Did you mean "store"?',
  );
  expect(await unknownToolError("wipe", await search(["wipe"], settings), "no")).toBeUndefined();
  expect(await unlistedToolHint("wipe", await search(["wipe"], settings))).toBeUndefined();
});
