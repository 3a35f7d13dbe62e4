import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLoginUi, loginPlaceOf } from "./login-terminal.js";

function ui(input: NodeJS.ReadableStream & { isTTY?: boolean }) {
  const told: string[] = [];
  const terminal = {
    tell: (line: string) => void told.push(line),
  };
  return { told, ui: createLoginUi({ terminal, env: {}, opensBrowser: false, input }) };
}

test("nobody pastes where there is no terminal", async () => {
  const { ui: without, told } = ui(new PassThrough());
  expect(without.pasted).toBeUndefined();
  expect(await without.openBrowser("https://login.example/authorize")).toBe(false);
  without.showUrl("https://login.example/authorize?a=b", { isSilent: false });
  expect(told.join("\n")).toContain("\n  https://login.example/authorize?a=b\n");
});

test("lines that are typed are given, until nobody wants any more", async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const { ui: typed } = ui(input);
  const lines = typed.pasted?.[Symbol.asyncIterator]();
  input.write("one\r\ntwo\n");
  expect(await lines?.next()).toEqual({ done: false, value: "one" });
  expect(await lines?.next()).toEqual({ done: false, value: "two" });
  const waiting = lines?.next();
  // What still waits does not keep the program from letting go.
  expect(await lines?.return?.()).toEqual({ done: true, value: undefined });
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(input.isPaused()).toBe(true);
});

test("somebody who came by ssh is told how to reach this machine", () => {
  expect(loginPlaceOf({})).toEqual({});
  const { isSsh, sshTarget } = loginPlaceOf({ SSH_CONNECTION: "10.0.0.1 5000 10.0.0.2 22" });
  expect(isSsh).toBe(true);
  expect(sshTarget).toMatch(/^\S+@10\.0\.0\.2$/);
  expect(loginPlaceOf({ SSH_TTY: "/dev/pts/1" }).sshTarget).toMatch(/^\S+@\S+$/);
});
