import * as fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import type { ServerEntry } from "../schema/server-schema.js";
import { addServer, removeServer } from "./config-edits.js";

const quoting = [
  '"',
  "'",
  '"""',
  "'''",
  "\\",
  "\\n",
  "\n",
  "\r\n",
  "\t",
  "#",
  "=",
  "[",
  "]",
  "{",
  "}",
  ",",
  ".",
];
const unusual = [
  "\u0001",
  "\u007f",
  "\u0085",
  "\u2028",
  "\uFEFF",
  "😀",
  "${X}",
  "[mcp_servers.x]",
  "\n# c\n",
];

/** Texts made of what is special in TOML, and of ordinary characters; never a NUL, which no process can be given. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...quoting, ...unusual),
      fc.string({ unit: "binary", maxLength: 3 }).map((any) => any.replaceAll("\0", "")),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const variable = text.map((any) => `N${any.replaceAll("=", "")}`);
const seconds = fc.double({ min: 0.001, max: 2_147_483, noNaN: true });

const entries: fc.Arbitrary<ServerEntry> = fc.record(
  {
    command: text.map((any) => `c${any}`),
    args: fc.array(text, { maxLength: 4 }),
    cwd: text.map((any) => `/${any}`),
    env: fc.dictionary(variable, text, { maxKeys: 3, noNullPrototype: true }),
    env_vars: fc.array(
      fc.oneof(variable, fc.record({ name: variable, source: fc.constantFrom("host", "executor") })),
      { maxLength: 3 },
    ),
    executor: fc.constant("devbox"),
    enabled: fc.boolean(),
    required: fc.boolean(),
    startup_timeout_sec: seconds,
    tool_timeout_sec: fc.integer({ min: 1, max: 1_000_000 }),
    enabled_tools: fc.array(text, { maxLength: 3 }),
    disabled_tools: fc.array(text, { maxLength: 3 }),
    max_message_bytes: fc.integer({ min: 1024, max: 536_870_888 }),
  },
  { requiredKeys: ["command", "executor"], noNullPrototype: true },
);

const originals = fc
  .constantFrom(
    "",
    "\n",
    "   ",
    "# only a comment",
    "# comment\n\n\n",
    "default_executor = 'local'",
    "default_executor = 'local' # c\n",
    "a = '''\n[mcp_servers.x]\n'''\n   ",
    "[mcp_servers.first]\ncommand = 'a'\n# args = []",
    "[mcp_servers.first]\ncommand = 'a'\n# args = []\n\n# alone\n",
    "[[other]]\nx = 1\n\n[[other]]\nx = [\n 1, # one\n]\n\n",
    "mcp_servers.first.command = 'a'\n",
    "\uFEFF# marked\n[mcp_servers]\n",
  )
  .chain((original) => fc.constantFrom(original, original.replaceAll("\n", "\r\n")));

function serversOf(toml: string): Record<string, unknown> {
  return parse(toml)["mcp_servers"] as Record<string, unknown>;
}

test("any server reads back the same, and its removal restores the file byte for byte", () => {
  fc.assert(
    fc.property(originals, entries, (original, entry) => {
      const added = addServer(original, "x", entry);
      expect(serversOf(added)["x"]).toEqual(entry);
      expect(added.slice(0, original.length)).toBe(original);
      expect(removeServer(added, "x")).toBe(original);
    }),
    { numRuns: 1_000 },
  );
});

test("of several servers each can be replaced and removed without a change to the others", () => {
  const names = ["a", "x", "z-9"] as const;
  fc.assert(
    fc.property(
      originals,
      fc.tuple(entries, entries, entries),
      fc.constantFrom(...names),
      entries,
      (original, all, name, replacement) => {
        let content = original;
        for (const [index, entry] of all.entries()) content = addServer(content, names[index] ?? "", entry);
        const wanted = serversOf(content);
        wanted[name] = replacement;
        expect(serversOf(addServer(content, name, replacement, { replace: true }))).toEqual(wanted);
        delete wanted[name];
        expect(serversOf(removeServer(content, name))).toEqual(wanted);
      },
    ),
    { numRuns: 300 },
  );
});
