import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { type ConsoleStarter, startConsole } from "./start-console.js";

/** The library, which makes a console and then starts a program in it. @param refusal what Windows says to that */
function library(refusal?: Error) {
  const closed: string[] = [];
  const starter: ConsoleStarter = {
    connect: () => {
      if (refusal !== undefined) throw refusal;
      return { pid: 4_711 };
    },
  };
  const make = () => {
    const _agent = {
      _pty: 3,
      _ptyNative: { kill: () => void closed.push("console") },
      _conoutSocketWorker: { dispose: () => void closed.push("reader") },
      _inSocket: Object.assign(new EventEmitter(), { destroy: () => void closed.push("input") }),
      resize: () => {},
      _$onProcessExit: () => {},
    };
    return Object.assign(new EventEmitter(), { _agent, pid: starter.connect(3, "line").pid });
  };
  return { closed, starter, make };
}

function refusalOf(text: string) {
  const { closed, starter, make } = library(new Error(text));
  const { connect } = starter;
  let thrown: unknown;
  try {
    startConsole(starter, make);
  } catch (error) {
    thrown = error;
  }
  expect(starter.connect).toBe(connect);
  return { thrown, closed };
}

describe("a pseudo console", () => {
  test("is made with its program", () => {
    const { starter, make, closed } = library();
    expect(startConsole(starter, make).pid).toBe(4_711);
    expect(closed).toEqual([]);
  });

  test.each([
    ["740", "EACCES"],
    ["32", "EBUSY"],
    ["2", "ENOENT"],
    ["193", "ENOEXEC"],
    ["1455", "Windows error 1455"],
  ])("whose program Windows refuses with %s is told so, and nothing of it is left open", (number, code) => {
    const { thrown, closed } = refusalOf(`Cannot create process, error code: ${number}`);
    expect(thrown).toMatchObject({ code });
    // By its handle the library would end a program that is none.
    expect(closed).toEqual(["reader", "input"]);
  });

  test("that fails in another way is told in the library's words", () => {
    expect(refusalOf("Cannot launch conpty").thrown).toMatchObject({ message: "Cannot launch conpty" });
  });
});
