import { stripVTControlCharacters } from "node:util";
import { canCountProcesses, waitUntil, waitUntilGone } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createTestHome } from "../servers/support/create-test-home.js";
import { type OuterTerminal, openOuterTerminal } from "./support/outer-terminal.js";

// `fairlead run --pty` inside a real terminal: everything goes over an executor of its own, as for a person.

/** Waits until the terminal is fully raw: the line ends, which Node leaves on, are the last to go. */
async function waitUntilRaw(terminal: OuterTerminal): Promise<void> {
  await waitUntil(async () => (await terminal.settings()).includes("-opost"), {
    withinMs: 10_000,
    what: "Raw mode",
  });
}

/** Sends a signal to the one Node process of this terminal whose command line says the words. */
function kill(terminal: OuterTerminal, words: string, signal: NodeJS.Signals): void {
  const found = terminal.running(words).filter(({ cmdline }) => cmdline[0] === process.execPath);
  expect(found.map(({ cmdline }) => cmdline.join(" "))).toHaveLength(1);
  for (const { pid } of found) process.kill(pid, signal);
}

const stubborn = "trap '' TERM HUP INT; echo ready; while :; do sleep 0.1; done";

describe.skipIf(!canCountProcesses())("fairlead run --pty", () => {
  test("gives the program a terminal of our size, our keys, and ends as it does", async () => {
    await using terminal = await openOuterTerminal([
      "--",
      "sh",
      "-c",
      'test -t 0 && test -t 2 && stty size && echo "$TERM"; read line; echo "got $line"; exit 5',
    ]);
    await terminal.shows("30 100\r\nxterm\r\n");
    await terminal.type("hello\r");
    await terminal.shows("got hello\r\n");
    expect(await terminal.outcome()).toEqual({ code: 5, restored: true });
    // Echoed by the program's terminal alone.
    expect(terminal.shown().match(/hello/g)).toHaveLength(2);
  });

  test("passes every key and byte: Ctrl-C is the program's", async () => {
    await using terminal = await openOuterTerminal([
      "--",
      "sh",
      "-c",
      "trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done",
    ]);
    await terminal.shows("ready");
    await waitUntilRaw(terminal);
    expect(await terminal.settings()).toEqual(
      expect.arrayContaining(["-icanon", "-echo", "-isig", "-ixon", "-icrnl", "-opost"]),
    );
    await terminal.type("\u0003");
    await terminal.shows("interrupted");
    expect(await terminal.outcome()).toEqual({ code: 3, restored: true });
  });

  test("follows the size, the last of many", async () => {
    await using terminal = await openOuterTerminal([
      "--",
      "sh",
      "-c",
      "trap 'stty size' WINCH; trap 'exit 0' INT; echo ready; while :; do sleep 0.05; done",
    ]);
    await terminal.shows("ready");
    await waitUntilRaw(terminal);
    for (let columns = 60; columns <= 120; columns += 1) await terminal.resize(columns, 40);
    await terminal.shows("40 120\r\n");
    await terminal.type("\u0003");
    expect(await terminal.outcome()).toEqual({ code: 0, restored: true });
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("gives the terminal back on %s, and ends the program", async (signal, code) => {
    await using terminal = await openOuterTerminal(["--", "sh", "-c", stubborn]);
    await terminal.shows("ready");
    await waitUntilRaw(terminal);
    kill(terminal, "run --pty", signal);
    expect(await terminal.outcome()).toEqual({ code, restored: true });
    expect(terminal.running("trap ''").filter(({ pid }) => pid !== terminal.shellPid)).toEqual([]);
  });

  test("gives it back when the executor dies, and says so", async () => {
    await using terminal = await openOuterTerminal(["--", "sh", "-c", stubborn]);
    await terminal.shows("ready");
    await waitUntilRaw(terminal);
    kill(terminal, "fairlead-executor", "SIGKILL");
    expect(await terminal.outcome()).toEqual({ code: 125, restored: true });
    expect(stripVTControlCharacters(terminal.shown())).toContain("fairlead: ");
  });

  test("leaves on Enter ~ . though the program takes every key", async () => {
    await using terminal = await openOuterTerminal(["--", "sh", "-c", stubborn]);
    await terminal.shows("ready");
    await waitUntilRaw(terminal);
    await terminal.type("\r~.");
    expect(await terminal.outcome()).toEqual({ code: 143, restored: true });
  });

  test("ends the program when its window is closed", async () => {
    await using terminal = await openOuterTerminal(["--", "sh", "-c", stubborn]);
    await terminal.shows("ready");
    await waitUntilRaw(terminal);
    process.kill(terminal.shellPid, "SIGKILL");
    await waitUntilGone(terminal.home.marker, { withinMs: 10_000 });
  });

  test("tells a program that is not there, with the terminal as it was", async () => {
    await using terminal = await openOuterTerminal(["--", "no-such-program-anywhere"]);
    expect(await terminal.outcome()).toEqual({ code: 125, restored: true });
    expect(stripVTControlCharacters(terminal.shown())).toMatch(/fairlead: .*no-such-program-anywhere/);
  });

  test("works without a terminal of ours: the end of a pipe is the end of the program's input", async () => {
    await using home = await createTestHome();
    const { code, stdout, stderr } = await home.fairlead(
      ["run", "--pty", "--", "sh", "-c", "stty -echo; stty size; echo ready; cat; echo over; exit 6"],
      { input: "one\ntwo" },
    );
    expect({ code, stderr }).toEqual({ code: 6, stderr: "" });
    expect(stdout).toMatch(/24 80\r\n/);
    expect(stdout).toMatch(/one\r\ntwoover\r\n$/);
  });

  test("carries 1 MiB of output whole", async () => {
    await using home = await createTestHome();
    const { code, stdout } = await home.fairlead(["run", "--pty", "--", "seq", "1", "150000"]);
    expect(code).toBe(0);
    const numbers = stdout.trimEnd().split("\r\n");
    expect(numbers.length).toBe(150_000);
    expect(numbers.every((text, index) => Number(text) === index + 1)).toBe(true);
  });
});
