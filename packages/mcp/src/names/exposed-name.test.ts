import { isFairleadError } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { createRandom } from "../test-support/random-json.js";
import { exposedName, serverNameProblem } from "./exposed-name.js";

describe("exposedName", () => {
  it.each([
    ["files", "read", 48, "files__read"],
    ["files", "_read_", 48, "files___read_"],
    ["files", "read.file", 48, "files__read_file_dd32cdf5"],
    ["files", "x".repeat(41), 48, `files__${"x".repeat(41)}`],
    ["files", "x".repeat(42), 48, `files__${"x".repeat(32)}_2b2573d5`],
    ["files", "日本", 48, "files_____cf2abf0c"],
    ["files", "", 48, "files___e3b0c442"],
    ["files", "x_0123abcd", 48, "files__x_0123abcd_b90976ff"],
    ["files", "x".repeat(42), 64, `files__${"x".repeat(42)}`],
  ])("of %s and %s within %i bytes is %s", (server, tool, maxBytes, expected) => {
    expect(exposedName(server, tool, maxBytes)).toBe(expected);
  });

  it("fits, is plain, and tells different tools apart, for random names", () => {
    const raws = new Map<string, string>();
    const random = createRandom(7);
    for (let count = 0; count < 20_000; count += 1) {
      const server = random.pick(["a", "b-1", "server_x", "s".repeat(37)]);
      let tool = "";
      const length = random.below(60);
      while (tool.length < length) tool += random.pick(["a", "b", "_", "-", ".", "/", " ", "é", "🎈", "0"]);
      const raw = JSON.stringify([server, tool]);
      const name = exposedName(server, tool);
      expect(name).toMatch(/^[A-Za-z0-9_-]{1,48}$/);
      expect(name.slice(0, name.indexOf("__"))).toBe(server);
      expect(raws.get(name) ?? raw).toBe(raw);
      raws.set(name, raw);
      // What we made up is no other tool's plain name either.
      const twin = name.slice(server.length + 2);
      expect(twin === tool || exposedName(server, twin) !== name).toBe(true);
    }
  });

  it("refuses a server whose name would not leave room or could not be parted from the tool", () => {
    for (const server of ["", "a__b", "a_", "a.b", "a b", "a\n", "s".repeat(38)]) {
      expect(refusal(server)).toEqual(["usage", "config_invalid"]);
    }
  });
});

describe("serverNameProblem", () => {
  it.each(["a", "A-1", "my_server", "-", "_a"])("finds nothing wrong with %s", (name) => {
    expect(serverNameProblem(name)).toBeUndefined();
  });

  it.each([
    ["", "letters"],
    ["é", "letters"],
    ["a__b", '"__"'],
    ["a_", 'end in "_"'],
    ["s".repeat(38), "at most 37"],
  ])("objects to %s", (name, words) => {
    expect(serverNameProblem(name)).toContain(words);
  });
});

function refusal(server: string): unknown {
  try {
    return exposedName(server, "tool");
  } catch (error) {
    return isFairleadError(error) ? [error.code, error.reason] : error;
  }
}
