import { runCommand } from "@fairlead/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { createCompletionHome } from "./support/completion-home.js";
import { openTypedShell, typedShells } from "./support/typed-shell.js";

// Completion as somebody has it who sits at a terminal: real shells, real tabs.

async function isInstalled(program: string): Promise<boolean> {
  return (await runCommand(["sh", "-c", `command -v ${program}`])).code === 0;
}

describe.each(typedShells.map((kind) => [kind.name, kind] as const))("%s", (name, kind) => {
  let isThere = false;
  beforeAll(async () => {
    isThere = process.platform !== "win32" && (await isInstalled(name));
  });

  test("completes commands, flags, their values, and names", async (context) => {
    if (!isThere) context.skip(`${name} is not installed here`);
    await using scene = await createCompletionHome();
    await using shell = await openTypedShell(kind, scene);
    expect(await shell.calls("fairlead exec\tli\t")).toBe("<executor><list>");
    expect(await shell.calls("fairlead get fi\t")).toBe("<get><files>");
    expect(await shell.calls("fairlead call files read_t\tx")).toBe("<call><files><read_text><x>");
    expect(await shell.calls("fairlead run --exec\tdev\t-- x")).toBe("<run><--executor><devbox><--><x>");
    expect(await shell.calls("fairlead run --executor=dev\t-- x")).toBe("<run><--executor=devbox><--><x>");
    expect(await shell.calls("fairlead serve --attach nev\t")).toBe("<serve><--attach><never>");
  });

  test("completes files, and leaves room for a path behind an executor", async (context) => {
    if (!isThere) context.skip(`${name} is not installed here`);
    await using scene = await createCompletionHome();
    await using shell = await openTypedShell(kind, scene);
    expect(await shell.calls("fairlead cp not\tdev\t/srv")).toBe("<cp><notes.txt><devbox:/srv>");
    expect(await shell.calls("fairlead add x -- cat not\t")).toBe("<add><x><--><cat><notes.txt>");
  });

  test("offers what there is, and not what is switched off", async (context) => {
    if (!isThere) context.skip(`${name} is not installed here`);
    await using scene = await createCompletionHome();
    await using tools = await openTypedShell(kind, scene);
    await tools.offers("fairlead call files \t\t\t", ["read_folder", "read_text"]);
    await using commands = await openTypedShell(kind, scene);
    await commands.offers("fairlead re\t\t\t", ["remove", "resources"]);
    await using off = await openTypedShell(kind, scene);
    expect(await off.calls("fairlead call files wri\t")).toBe("<call><files><wri>");
  });
});

test("PowerShell completes what its own completion engine is asked for", async (context) => {
  if (!(await isInstalled("pwsh"))) context.skip("pwsh is not installed here");
  await using scene = await createCompletionHome();
  const ask = async (line: string): Promise<readonly string[]> => {
    const script = `fairlead completion powershell | Out-String | Invoke-Expression
(TabExpansion2 -inputScript '${line}' -cursorColumn ${line.length}).CompletionMatches.CompletionText`;
    const { stdout } = await runCommand(["pwsh", "-NoProfile", "-Command", script], {
      env: scene.env,
      cwd: scene.folder,
    });
    return stdout.split(/\r?\n/).filter((text) => text !== "");
  };
  expect(await ask("fairlead executor ")).toEqual(expect.arrayContaining(["add", "list", "remove"]));
  expect(await ask("fairlead get fi")).toEqual(["files"]);
  expect(await ask("fairlead call files read_t")).toEqual(["read_text"]);
});
