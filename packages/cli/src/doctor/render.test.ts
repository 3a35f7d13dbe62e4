import { expect, test } from "vitest";
import { createPaint } from "../output/paint.js";
import type { CheckResult } from "./check.js";
import { renderChain, renderSum } from "./render.js";

const base = { machine: "host", details: {}, remediation: null, durationMs: 1 } as const;
const results: readonly CheckResult[] = [
  { ...base, id: "server-config", status: "ok", summary: "stdio, on far" },
  {
    ...base,
    id: "server-handshake",
    status: "failed",
    summary: "it ends before it answers (exit code 3)",
    details: {
      message: "Server 'files' exited with code 3 before it answered initialize; see its error output",
      stderrTail: "\u001b[2Jone\ntwo\n",
    },
    remediation:
      "# its last words tell why; start it by hand where it runs, with the same variables:\nfairlead get files",
  },
  { ...base, id: "server-tools", status: "skipped", summary: "not possible: server files: server-handshake" },
];

const colourless = createPaint({ isTerminal: false, env: {} });

test("people get a line for each check, and below a broken one what is known and what to type", () => {
  const plain = { isTerminal: false, paint: colourless, columns: 80 };
  expect(renderChain({ server: "files", executor: "far" }, results, plain)).toMatchInlineSnapshot(`
    "server files, on far
      ok   server-config        stdio, on far
      FAIL server-handshake     it ends before it answers (exit code 3)
          Server 'files' exited with code 3 before it answered initialize; see its
          error output
          | �[2Jone
          | two
          # its last words tell why; start it by hand where it runs, with the same
          # variables:
          fairlead get files
      skip server-tools         not possible: server files: server-handshake"
  `);
});

test("a terminal gets marks, colours only where they are wanted, and no line wider than it is", () => {
  const shown = renderChain({}, results, { isTerminal: true, paint: colourless, columns: 48 }).split("\n");
  expect(shown.slice(1, 4)).toEqual([
    "  ✓ server-config        stdio, on far",
    "  ✗ server-handshake     it ends before it",
    "                         answers (exit code 3)",
  ]);
  const paint = createPaint({ isTerminal: true, env: {} });
  const coloured = renderChain({}, results, { isTerminal: true, paint, columns: 80 });
  expect(coloured).toContain("\u001b[31m✗\u001b[39m server-handshake");
});

test("the last line sums up", () => {
  expect(renderSum(results)).toBe("1 ok, 1 failed, 1 not possible");
});
