import { describe, expect, test } from "vitest";
import { createToolFilter } from "./tool-filter.js";

describe("the tools that agents may use", () => {
  test("are all of them where nothing is said", () => {
    const allows = createToolFilter({ enabledTools: undefined, disabledTools: [] });
    expect(["read", "", "write_file"].every(allows)).toBe(true);
  });

  test("are the enabled ones without the disabled ones", () => {
    const allows = createToolFilter({ enabledTools: ["read_*", "stat"], disabledTools: ["read_secret?"] });
    expect(["read_file", "stat", "read_secret"].map(allows)).toEqual([true, true, true]);
    expect(["write_file", "read_secret1", "stats", "unread_file"].map(allows)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test("are none where an empty list enables them", () => {
    expect(createToolFilter({ enabledTools: [], disabledTools: [] })("read")).toBe(false);
  });

  test("are named literally but for * and ?", () => {
    const allows = createToolFilter({ enabledTools: ["a.b", "x[1]", "line*"], disabledTools: [] });
    expect(["a.b", "x[1]", "line\nbreak"].map(allows)).toEqual([true, true, true]);
    expect(["a_b", "x1"].map(allows)).toEqual([false, false]);
  });
});
