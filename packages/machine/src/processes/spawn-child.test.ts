import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { spawnChild } from "./spawn-child.js";

it("tells a command line that the system finds too long as a limit", async () => {
  // Windows counts the whole line, other systems the path of the program.
  const program = `/${"x".repeat(40_000)}`;
  const request = { program, args: [], cwd: tmpdir(), env: {} };
  await expect(spawnChild(request)).rejects.toMatchObject({
    code: "resource_exhausted",
    reason: "limit_reached",
    details: { errno: "ENAMETOOLONG" },
  });
});
