import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { isAlive } from "../fixtures/launched.js";
import { bareRegister } from "../trees/tree-keeper.js";
import { createSearchPath, ownSearchPath } from "./search-path.js";
import { readProfile } from "./shell/shell-environment.js";

const root = mkdtempSync(join(tmpdir(), "fairlead search ü-"));
afterAll(() => rmSync(root, { recursive: true }));

const systemPath = "/usr/local/bin:/usr/bin:/bin";

/** Shells, and the file that each of them reads for a login in a terminal. */
const shells = {
  bash: { program: "/bin/bash", profile: ".bash_profile", prepend: 'export PATH="$HOME/bin:$PATH"' },
  zsh: { program: "/bin/zsh", profile: ".zshrc", prepend: 'export PATH="$HOME/bin:$PATH"' },
  fish: {
    program: "/usr/bin/fish",
    profile: ".config/fish/config.fish",
    prepend: 'set -gx PATH "$HOME/bin" $PATH',
  },
} as const;

type ShellName = keyof typeof shells;

/** A home folder of its own, whose profile does what it is told. */
function makeHome(
  shell: ShellName,
  ...lines: readonly string[]
): { home: string; env: Record<string, string> } {
  const home = mkdtempSync(join(root, `${shell}-`));
  const { program, profile } = shells[shell];
  mkdirSync(join(home, profile, ".."), { recursive: true });
  writeFileSync(join(home, profile), `${lines.join("\n")}\n`);
  return { home, env: { HOME: home, SHELL: program, PATH: systemPath, USER: "me", LANG: "C.UTF-8" } };
}

describe.skipIf(process.platform === "win32")("the PATH after logging in", () => {
  for (const name of Object.keys(shells) as ShellName[]) {
    const { program, prepend } = shells[name];
    it.skipIf(!existsSync(program))(
      `is what the profile of ${name} makes it, and is asked for once`,
      async () => {
        const { home, env } = makeHome(
          name,
          "echo said",
          prepend,
          'echo run >> "$HOME/runs"',
          "echo said >&2",
        );
        const own = `${systemPath}:/only/ours`;
        const search = createSearchPath({ env: { ...env, PATH: own } });
        const [first, second] = await Promise.all([search(), search()]);
        expect(second).toBe(first);
        expect(first).toMatchObject({ source: "login_shell" });
        const folders = first.value?.split(":") ?? [];
        expect(folders[0]).toBe(join(home, "bin"));
        expect(folders.filter((folder) => folder === "/only/ours")).toHaveLength(1);
        expect(readFileSync(join(home, "runs"), "utf8")).toBe("run\n");
      },
    );

    it.skipIf(!existsSync(program))(`survives a profile of ${name} that waits for an answer`, async () => {
      const { home, env } = makeHome(name, "read answer", prepend);
      expect((await createSearchPath({ env })()).value).toContain(`${join(home, "bin")}:`);
    });
  }

  it("has folders whose names are no UTF-8", async () => {
    const { home, env } = makeHome("bash", `export PATH="$HOME/$(printf '\\377'):$PATH"`);
    expect((await createSearchPath({ env })()).value).toContain(`${home}/\udcff:`);
  });

  it("is our own where the profile hangs, which is told, and what it started is gone", async () => {
    const { home, env } = makeHome("bash", 'sleep 1000 & echo $! $$ > "$HOME/pids"', "sleep 1000");
    const warnings: string[] = [];
    const found = await createSearchPath({ env, timeoutMs: 400, onWarning: (text) => warnings.push(text) })();
    expect(found).toMatchObject({ source: "own", value: systemPath });
    expect(warnings).toEqual([found.warning]);
    expect(found.warning).toMatch(/\/bin\/bash did not answer within 0\.4 s/);
    // It may have been too slow to get there.
    const pids = existsSync(join(home, "pids"))
      ? readFileSync(join(home, "pids"), "utf8").trim().split(/\s+/)
      : [];
    expect(pids.map(Number).filter((pid) => pid > 0 && isAlive(pid))).toEqual([]);
  });

  it("is asked for again in the background, after ever longer pauses, and why it was not found is told once", async () => {
    const { home, env } = makeHome("bash", 'echo run >> "$HOME/runs"', '. "$HOME/more"');
    const runs = (): number => readFileSync(join(home, "runs"), "utf8").length / "run\n".length;
    writeFileSync(join(home, "more"), "exit 3\n");
    let nowMs = 0;
    const warnings: string[] = [];
    const search = createSearchPath({ env, now: () => nowMs, onWarning: (text) => warnings.push(text) });
    const first = await search();
    expect(first).toMatchObject({ source: "own", warning: expect.stringMatching(/ended with code 3/) });
    const minute = 60_000;
    nowMs = minute - 1;
    expect([await search(), runs()]).toEqual([first, 1]);
    nowMs = minute;
    writeFileSync(join(home, "more"), "exit 4\n");
    // Who asks then is not kept waiting.
    expect(await search()).toBe(first);
    await expect.poll(search, { timeout: 30_000 }).not.toBe(first);
    const second = await search();
    expect([runs(), warnings]).toEqual([2, [first.warning, second.warning]]);
    nowMs = 3 * minute - 1;
    expect([await search(), runs()]).toEqual([second, 2]);
    nowMs = 3 * minute;
    await search();
    await expect.poll(search, { timeout: 30_000 }).not.toBe(second);
    expect([runs(), warnings]).toEqual([3, [first.warning, second.warning]]);
    writeFileSync(join(home, "more"), shells.bash.prepend);
    nowMs = 7 * minute;
    await search();
    await expect.poll(search, { timeout: 30_000 }).toMatchObject({ source: "login_shell" });
    nowMs = 1_000 * minute;
    await search();
    expect(runs()).toBe(4);
  });

  it("is there while something that the profile started holds the output, and that is gone then", async () => {
    const { home, env } = makeHome("bash", 'sleep 1000 & echo $! > "$HOME/pid"');
    expect(await createSearchPath({ env })()).toMatchObject({ source: "login_shell" });
    expect(isAlive(Number(readFileSync(join(home, "pid"), "utf8")))).toBe(false);
  });

  it.each([
    ["ends at once", "/bin/false", /ended with code 1/],
    ["is nowhere", "/no/such/shell", /\/no\/such\/shell/],
    ["has no full path", "bash", /no full path/],
    ["says something else", "/bin/echo", /ended with code 0/],
  ])("is our own where the shell %s", async (_what, SHELL, text) => {
    const found = await createSearchPath({ env: { SHELL, PATH: systemPath, HOME: root } })();
    expect(found).toMatchObject({ source: "own", value: systemPath });
    expect(found.warning).toMatch(text);
  });
});

it("is our own where nothing else is asked for", async () => {
  expect(await ownSearchPath({ PATH: "/a" })()).toEqual({ source: "own", value: "/a" });
});

describe.skipIf(process.platform === "win32")("the environment of a profile", () => {
  it("is given up without hurry: what the profile runs may take its lock away", async () => {
    const work = `trap 'sleep 0.2; rm "$HOME/lock"; exit' TERM; : > "$HOME/lock"; while :; do sleep 0.1; done`;
    const { home, env } = makeHome("bash", `sh -c '${work.replaceAll("'", `'\\''`)}'`, "sleep 1000");
    const giveUp = new AbortController();
    const reading = readProfile({ env, register: bareRegister, signal: giveUp.signal, timeoutMs: 60_000 });
    const ended = reading.catch((error: unknown) => error);
    await vi.waitFor(() => expect(existsSync(join(home, "lock"))).toBe(true), 10_000);
    giveUp.abort();
    expect(await ended).toMatchObject({ code: "canceled" });
    expect(existsSync(join(home, "lock"))).toBe(false);
  });

  it.each(["knows", "does not know"])("is the same where env %s -0", async (which) => {
    const { home, env } = makeHome("bash", "export PATH=\"$HOME/bin:$PATH\" GREETING=$'it\\'s\\na \"'");
    if (which === "does not know") {
      mkdirSync(join(home, "bin"));
      writeFileSync(join(home, "bin/env"), '#!/bin/sh\necho "$@" > "$HOME/asked"\nexit 1\n', { mode: 0o755 });
    }
    const profile = await readProfile({ env, register: bareRegister, cwd: root, platform: "openbsd" });
    expect(profile).toMatchObject({ USER: "me", GREETING: "it's\na \"" });
    expect(profile["PATH"]).toMatch(`${home}/bin:`);
    expect(Object.keys(profile).filter((name) => name.startsWith("FAIRLEAD_"))).toEqual([]);
    expect(existsSync(join(home, "asked"))).toBe(which === "does not know");
  });

  it("names an ssh-agent that lives, and none that the profile itself started", async () => {
    const agent = 'export SSH_AUTH_SOCK="$HOME/agent" SSH_AGENT_PID=1';
    const living = makeHome("bash", agent);
    writeFileSync(join(living.home, "agent"), "");
    expect(await readProfile({ env: living.env, register: bareRegister, cwd: root })).toMatchObject({
      SSH_AUTH_SOCK: join(living.home, "agent"),
      SSH_AGENT_PID: "1",
    });
    const gone = makeHome("bash", agent, "export OTHER=1");
    const profile = await readProfile({ env: gone.env, register: bareRegister, cwd: root });
    expect(profile).toHaveProperty("OTHER", "1");
    expect(Object.keys(profile).filter((name) => name.startsWith("SSH_"))).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")(
    "is looked at for an ssh-agent when its shell has ended",
    async () => {
      // A path that is there for as long as what the profile started.
      const { env } = makeHome("bash", "sleep 1000 & export SSH_AUTH_SOCK=/proc/$!/cwd SSH_AGENT_PID=$!");
      const profile = await readProfile({ env, register: bareRegister, cwd: root });
      expect(Object.keys(profile).filter((name) => name.startsWith("SSH_"))).toEqual([]);
    },
  );

  it("is not taken for an empty one where its PATH leads nowhere", async () => {
    const { env } = makeHome("bash", "export PATH=/nowhere");
    const reading = readProfile({ env, register: bareRegister, cwd: root });
    await expect(reading).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is what it exports, without the shell's own and ours", async () => {
    const { env } = makeHome(
      "bash",
      "export GREETING=$'it\\'s\\na\\377' FAIRLEAD_TOKEN=x LD_LIBRARY_PATH=/l NODE_OPTIONS=--x",
      "plain=1",
    );
    const profile = await readProfile({
      env: { ...env, SECRET: "not listed" },
      register: bareRegister,
      cwd: root,
    });
    expect(profile).toMatchObject({
      GREETING: "it's\na\udcff",
      HOME: env["HOME"],
      USER: "me",
      // Who asks for these by name gets them.
      LD_LIBRARY_PATH: "/l",
      NODE_OPTIONS: "--x",
    });
    const without = ["plain", "SECRET", "FAIRLEAD_TOKEN", "FAIRLEAD_TREE", "PWD", "SHLVL", "_", "TERM"];
    expect(Object.keys(profile).filter((name) => without.includes(name))).toEqual([]);
  });
});
