import { expect, test } from "vitest";
import { createListCache } from "./list-cache.js";

const page = (ttlMs: number, name = "a") => Buffer.from(JSON.stringify({ tools: [{ name }], ttlMs }));
const params = (value: object) => Buffer.from(JSON.stringify(value));

test("a page is fresh until its time is over", () => {
  let nowMs = 1_000;
  const cache = createListCache(() => nowMs);
  const raw = page(500);
  cache.expect("tools/list", undefined)(raw);
  nowMs = 1_499;
  expect(cache.find("tools/list", undefined)).toBe(raw);
  expect(cache.find("tools/list", params({ _meta: { x: 1 } }))).toBe(raw);
  expect(cache.find("tools/list", params({ cursor: "2" }))).toBeUndefined();
  expect(cache.find("prompts/list", undefined)).toBeUndefined();
  nowMs = 1_500;
  expect(cache.find("tools/list", undefined)).toBeUndefined();
});

test("a page for one agent alone is not kept: others may share the connection", () => {
  const cache = createListCache(() => 0);
  for (const [cacheScope, isKept] of [
    ["public", true],
    ["private", false],
  ] as const) {
    cache.expect("tools/list", undefined)(params({ tools: [], ttlMs: 500, cacheScope }));
    expect(cache.find("tools/list", undefined) !== undefined).toBe(isKept);
    cache.forget("notifications/tools/list_changed");
  }
});

test("only lists are kept", () => {
  const cache = createListCache(() => 0);
  for (const method of ["tools/call", "resources/read", "server/discover"]) {
    cache.expect(method, undefined)(page(500));
    expect(cache.find(method, undefined)).toBeUndefined();
  }
});

test("a change forgets all pages of the lists that it is about, and no others", () => {
  const cache = createListCache(() => 0);
  const lists = ["tools/list", "resources/list", "resources/templates/list"];
  for (const method of lists) {
    cache.expect(method, undefined)(page(500));
    cache.expect(method, params({ cursor: "2" }))(page(500));
  }
  const kept = () => lists.map((method) => cache.find(method, params({ cursor: "2" })) !== undefined);
  cache.forget("notifications/prompts/list_changed");
  expect(kept()).toEqual([true, true, true]);
  cache.forget("notifications/resources/list_changed");
  expect(kept()).toEqual([true, false, false]);
  cache.forget("notifications/tools/list_changed");
  expect(kept()).toEqual([false, false, false]);
});

test("an answer that was on its way when the list changed is not kept", () => {
  const cache = createListCache(() => 0);
  const keep = cache.expect("tools/list", undefined);
  cache.forget("notifications/tools/list_changed");
  keep(page(500));
  expect(cache.find("tools/list", undefined)).toBeUndefined();
});

test("what is kept is bounded: the oldest pages go", () => {
  const cache = createListCache(() => 0);
  const big = page(500, "x".repeat(12 * 1024 * 1024));
  for (const cursor of ["1", "2", "3"]) cache.expect("tools/list", params({ cursor }))(big);
  const isKept = (cursor: string) => cache.find("tools/list", params({ cursor })) !== undefined;
  expect(["1", "2", "3"].map(isKept)).toEqual([false, true, true]);
});
