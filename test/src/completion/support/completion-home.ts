import { chmod } from "node:fs/promises";
import type { TestHome } from "../../servers/support/create-test-home.js";
import { createTestHome } from "../../servers/support/create-test-home.js";
import { fixtureServer } from "../../servers/support/raw-gateway.js";

/** A home with something to complete, and `fairlead` on the PATH of its environment. */
export interface CompletionHome extends AsyncDisposable {
  readonly home: TestHome;
  /** The folder that shells work in, with a file `notes.txt`. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes one. `fairlead` completes for real; everything else that it is told to do it prints, each argument in `<>`, so that a
 * test sees what a shell made of a line.
 */
export async function createCompletionHome(): Promise<CompletionHome> {
  const home = await createTestHome({
    servers: { files: fixtureServer({ disabled_tools: ["write_file"] }), web: fixtureServer() },
    executors: { devbox: { url: "unix:///nowhere/executor.sock" } },
  });
  const tools = ["read_folder", "read_text", "write_file"].map((name) => JSON.stringify({ name }));
  const kept = {
    version: 1,
    savedAt: "2026-01-01T00:00:00Z",
    capabilities: {},
    lists: { "tools/list": tools },
  };
  await home.folder.write("state/catalogue/files.0123abcd.json", JSON.stringify(kept));
  await home.folder.write("work/notes.txt", "a note\n");
  const program = await home.folder.write(
    "bin/fairlead",
    `#!/bin/sh
case $1 in
  completion|__complete) exec ${home.command().join(" ")} "$@" ;;
esac
printf '<%s>' "$@"
echo
`,
  );
  await chmod(program, 0o755);
  const env = { ...home.env, PATH: `${home.folder.file("bin")}:${home.env["PATH"] ?? ""}` };
  return {
    home,
    folder: home.folder.file("work"),
    env,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
