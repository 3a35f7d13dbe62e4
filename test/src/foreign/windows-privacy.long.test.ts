import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findWine } from "./support/find-wine.js";
import { openWineMachine, type WineMachine } from "./support/wine-machine.js";
import type { WineProgram } from "./support/wine-program.js";

// What is closed to others on Windows. Wine keeps an access list as the mode of a file, so that Linux sees what came of it.
const wine = findWine("closed folders on Windows");
let opened: WineMachine | undefined;
beforeAll(async () => {
  if (wine !== undefined) opened = await openWineMachine(wine);
}, 180_000);
afterAll(async () => opened?.[Symbol.asyncDispose](), 60_000);

function machine(): WineMachine {
  if (opened === undefined) throw new Error("There is no Windows machine");
  return opened;
}

/** Wine gives the group of a user what it gives the user, so only what is left for all others can tell. */
const isClosed = async (path: string): Promise<boolean> => ((await stat(path)).mode & 0o007) === 0;

/** An executor there, from its first word to Ctrl-C. */
async function whileServing(args: readonly string[], act: (said: string) => Promise<void>): Promise<void> {
  const daemon = machine().start("fairlead-executor", [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--json",
    ...args,
  ]);
  await untilSaid(daemon);
  try {
    await act(daemon.stdout());
  } finally {
    daemon.kill("SIGINT");
    expect((await daemon.exited).code).toBe(0);
  }
}

async function untilSaid(daemon: WineProgram): Promise<void> {
  await waitUntil(() => daemon.stdout().includes("\n"), {
    withinMs: 60_000,
    what: () => `The executor's address. ${daemon.stdout()} ${daemon.stderr()}`,
  });
}

/** What a table says, whose words are wrapped. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

/** A folder there that everybody may look into. */
async function openFolder(name: string): Promise<{ readonly windows: string; readonly linux: string }> {
  const windows = `C:\\fairlead\\${name}`;
  const linux = machine().locate(windows);
  await mkdir(linux);
  await chmod(linux, 0o755);
  return { windows, linux };
}

describe.skipIf(wine === undefined)("on Windows", () => {
  test("a home that the executor makes is closed to others, with the token in it", async () => {
    await whileServing([], async (said) => {
      const { tokenFile } = JSON.parse(said) as { readonly tokenFile: string };
      const token = machine().locate(tokenFile);
      expect(await isClosed(join(token, ".."))).toBe(true);
      expect(await isClosed(token)).toBe(true);
      expect((await readFile(token, "utf8")).trim()).toMatch(/^[\w-]{43}$/);
    });
  }, 120_000);

  test("a folder that is open to others gets no token, and it is told how to close it", async () => {
    const { windows, linux } = await openFolder("open state");
    const args = ["serve", "--listen", "127.0.0.1:0", "--state-dir", windows];
    const refused = await machine().run("fairlead-executor", args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`The folder ${windows} is open to everyone`);
    expect(refused.stderr).toMatch(
      /icacls "C:\\fairlead\\open state" \/inheritance:r .*\/remove:g "\*S-1-1-0"/,
    );
    expect(await readdir(linux)).not.toContain("executor.token");
  }, 120_000);

  test("a token that others may read is refused, until doctor has closed it", async () => {
    const { windows, linux } = await openFolder("open token");
    const token = join(linux, "executor.token");
    await writeFile(token, "a-token-that-is-long-enough\n");
    await chmod(token, 0o644);
    const serve = ["--state-dir", windows];
    const args = ["serve", "--listen", "127.0.0.1:0", ...serve];
    const refused = await machine().run("fairlead-executor", args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`the token in ${windows}\\executor.token (everyone)`);
    const env = { FAIRLEAD_HOME: windows };
    const seen = await machine().run("fairlead", ["doctor"], { env });
    expect(oneLine(seen.stdout)).toContain("is open to others (open to everyone)");
    expect(oneLine(seen.stdout)).toContain("executor.token: others can read it (open to everyone)");
    const fixed = await machine().run("fairlead", ["doctor", "--fix"], { env });
    expect(oneLine(fixed.stdout)).not.toContain("open to everyone");
    expect([await isClosed(linux), await isClosed(token)]).toEqual([true, true]);
    await whileServing(serve, () => Promise.resolve());
  }, 300_000);

  test("what cannot be closed is told, and not taken for closed", async () => {
    const home = await machine().makeFolder("C:\\fairlead\\strict");
    // Nobody can change the modes of such files of Linux.
    const file = "Z:\\proc\\sys\\kernel\\random\\boot_id";
    const config = [
      "[executors.far]",
      'url = "grpc://127.0.0.1:9"',
      `token_file = ${JSON.stringify(file)}`,
      "[mcp_servers.one]",
      'command = "one"',
      'executor = "far"',
      "",
    ];
    await writeFile(join(machine().locate(home), "config.toml"), config.join("\n"));
    const args = ["doctor", "--fix"];
    const { code, stdout } = await machine().run("fairlead", args, { env: { FAIRLEAD_HOME: home } });
    expect(code).not.toBe(0);
    expect(oneLine(stdout)).toContain(`${file}: others can read it (open to everyone)`);
    expect(oneLine(stdout)).toContain(
      `the access list of ${file} cannot be changed: access denied (error 5)`,
    );
  }, 120_000);
});
