import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { outputOf } from "../servers/support/output-of.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";

// What agents get beside configured servers, seen from the command line.
let home: TestHome;
beforeAll(async () => {
  home = await createTestHome({
    servers: { fix: fixtureServer() },
    topLevel: "features = { devbox = true, fairlead = false }",
  });
});
afterAll(async () => home[Symbol.asyncDispose]());

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(outputOf(await home.fairlead([...args, "--json"]))) as T;
}

interface ToolList {
  readonly tools: readonly { readonly server: string; readonly exposedName: string }[];
}

describe("a server that comes with Fairlead", () => {
  test("has tools that can be seen and called", async () => {
    const { tools } = await json<ToolList>("tools", "devbox_local");
    expect(tools.map(({ exposedName }) => exposedName)).toContain("devbox_local__run_command");
    await home.folder.write("seen.txt", "seen");
    const listed = await json<object>("call", "devbox_local", "list_dir", '{"path":"."}');
    expect(JSON.stringify(listed)).toContain("seen.txt");
  });

  test("works, and is among all of them", async () => {
    expect(await json("test", "devbox_local")).toMatchObject({ works: true, executor: "local" });
    const servers = (await json<ToolList>("tools", "--all")).tools.map(({ server }) => server);
    expect(new Set(servers)).toEqual(new Set(["fix", "devbox_local"]));
  });

  test("is told to be switched off where it is", async () => {
    const off = await home.fairlead(["tools", "fairlead"]);
    expect(off.code).toBe(5);
    expect(off.stderr).toContain("features.fairlead = true");
  });

  test("cannot be switched off like a configured one", async () => {
    expect((await home.fairlead(["disable", "devbox_local"])).code).toBe(5);
  });
});
