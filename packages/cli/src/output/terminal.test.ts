import { PassThrough } from "node:stream";
import { errorCodes, errorTable, FairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createTerminal, type Terminal } from "./terminal.js";

interface Written {
  readonly terminal: Terminal;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

function open(isTTY = false): Written {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const asTerminal = (stream: PassThrough): NodeJS.WriteStream =>
    Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream;
  const text = (stream: PassThrough): string => String(stream.read() ?? "");
  return {
    terminal: createTerminal(asTerminal(stdout), asTerminal(stderr)),
    stdout: () => text(stdout),
    stderr: () => text(stderr),
  };
}

describe("a failure", () => {
  test.each(errorCodes)("%s has the exit code of the table", (code) => {
    const { terminal } = open();
    expect(terminal.fail(new FairleadError(code, "what happened"), false)).toBe(errorTable[code].exit);
  });

  test("is one sentence for people", () => {
    const { terminal, stdout, stderr } = open();
    terminal.fail(new FairleadError("usage", "Say what", { details: { file: "x" } }), false);
    expect([stdout(), stderr()]).toEqual(["", "fairlead: Say what\n"]);
  });

  test("is one line of JSON for programs, without its cause", () => {
    const { terminal, stdout, stderr } = open(true);
    const cause = new Error("the secret is hunter2");
    const details = { server: "files", sizeBytes: 7 };
    terminal.fail(
      new FairleadError("usage", "two\nlines", { reason: "config_invalid", details, cause }),
      true,
    );
    expect(stdout()).toBe("");
    const line = stderr();
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({
      error: { code: "usage", message: "two\nlines", details: { reason: "config_invalid", ...details } },
    });
  });

  test("ends with the last words of its server, for people", () => {
    const { terminal, stderr } = open();
    const details = {
      server: "files",
      stderrTail: "cannot\u001b[2J read\r\n\nfairlead: all is well\nhalf a li",
    };
    terminal.fail(new FairleadError("unavailable", "It is gone", { details }), false);
    expect(stderr()).toBe(
      "fairlead: It is gone\n[files] cannot\u{fffd}[2J read\n[files] fairlead: all is well\n[files] half a li\n",
    );
  });

  test("cannot steer the terminal", () => {
    const { terminal, stderr } = open(true);
    terminal.fail(new FairleadError("usage", "a\u001b[2Jb"), false);
    terminal.tell("c\u0007d");
    expect(stderr()).toBe("fairlead: a\u{fffd}[2Jb\nc\u{fffd}d\n");
  });
});

describe("a warning", () => {
  test("is told at once, for people", () => {
    const { terminal, stderr } = open();
    terminal.warn("it is\u001b[2J old", false);
    expect(stderr()).toBe("fairlead: it is\u{fffd}[2J old\n");
    terminal.fail(new FairleadError("usage", "Say what"), false);
    expect(stderr()).toBe("fairlead: Say what\n");
  });

  test("is part of the failure's one line of JSON", () => {
    const { terminal, stderr } = open();
    for (const text of ["one", "two"]) terminal.warn(text, true);
    terminal.fail(new FairleadError("usage", "Say what"), true);
    terminal.flush();
    const [line = "", ...more] = stderr().split("\n");
    expect(JSON.parse(line)).toMatchObject({ error: { message: "Say what" }, warnings: ["one", "two"] });
    expect(more).toEqual([""]);
  });

  test.each<[string, (terminal: Terminal) => void]>([
    ["an answer", (terminal) => terminal.printJson({})],
    ["other words", (terminal) => terminal.tell("more")],
    ["the end", (terminal) => terminal.flush()],
  ])("is told to whoever wants JSON before %s, once", (_, next) => {
    const { terminal, stderr } = open();
    terminal.warn("one", true);
    expect(stderr()).toBe("");
    next(terminal);
    next(terminal);
    expect(stderr()).toMatch(/^fairlead: one\n(?:more\nmore\n)?$/);
  });
});

test("what is printed cannot steer the terminal, and keeps its lines; our own colours are let through", () => {
  const { terminal, stdout } = open(true);
  terminal.print("a\u001b]0;owned\u0007b\r\n\tc");
  terminal.printPainted("\u001b[32mok\u001b[39m");
  expect(stdout()).toBe("a\u{fffd}]0;owned\u{fffd}b\u{fffd}\n\tc\n\u001b[32mok\u001b[39m\n");
});

test("JSON is pretty on a terminal and one line in a pipe", () => {
  const [onTerminal, inPipe] = [open(true), open()];
  for (const { terminal } of [onTerminal, inPipe]) terminal.printJson({ a: [1] });
  expect(onTerminal.stdout()).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  expect(inPipe.stdout()).toBe('{"a":[1]}\n');
});

describe("an output that cannot be written", () => {
  const failure = (code: string): Error => Object.assign(new Error(`it is ${code}`), { code });
  const streams = (isTTY = false): { stdout: PassThrough; stderr: PassThrough } => {
    const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY }), new PassThrough()];
    createTerminal(stdout as unknown as NodeJS.WriteStream, stderr as unknown as NodeJS.WriteStream);
    return { stdout, stderr };
  };

  test.each([
    ["a pipe", "EPIPE", false],
    ["a terminal", "EIO", true],
  ])("because its reader went away ends, and not the program: %s", (_, code, isTTY) => {
    const { stdout, stderr } = streams(isTTY);
    stdout.emit("error", failure(code));
    stderr.emit("error", failure(code));
    expect(stderr.read()).toBeNull();
    expect(process.exitCode).toBeUndefined();
  });

  test.each(["ENOSPC", "EIO"])(
    "for another reason is one line and an exit code, and no stack: %s",
    (code) => {
      const { stdout, stderr } = streams();
      // One for each chunk.
      for (const error of [failure(code), failure(code)]) stdout.emit("error", error);
      expect(String(stderr.read())).toBe(`fairlead: the output cannot be written: it is ${code}\n`);
      expect(process.exitCode).toBe(1);
      process.exitCode = undefined;
    },
  );
});
