import { describe, expect, it } from "vitest";
import { parseEnvironment, rawValuesIn, refuseReplacedValues } from "./exact-environment.js";

describe("a block of variables", () => {
  it("is read with values that hold anything, and the first of two", () => {
    const block = Buffer.from("A=1\0EMPTY=\0B=x=y\nz\0A=2\0=C:=C:\\\0nothing\0LAST=ü");
    expect([...parseEnvironment(block)]).toEqual([
      ["A", "1"],
      ["EMPTY", ""],
      ["B", "x=y\nz"],
      ["LAST", "ü"],
    ]);
  });

  it("tells the values that are no UTF-8, and not those that hold a replacement of their own", () => {
    const block = Buffer.concat([
      Buffer.from("PATH=/a/"),
      Buffer.from([0xff]),
      Buffer.from(":/b\0OWN=\ufffd\0A=1\0"),
    ]);
    expect([...rawValuesIn(block)]).toEqual([["PATH", "/a/\udcff:/b"]]);
  });
});

describe("a value that Node changed, where nobody tells what it was", () => {
  const own = { PATH: "/a/\ufffd", HOME: "/root" };
  it("is refused, by its name alone", () => {
    expect(() => refuseReplacedValues({ ...own, A: "1" }, own, "darwin")).toThrow(
      expect.objectContaining({
        code: "usage",
        reason: "argument_invalid",
        message: expect.stringMatching(/^(?!.*\/a\/).*\bPATH\b/) as string,
      }),
    );
  });

  it("is none where somebody set it, and none on Windows", () => {
    expect(() => refuseReplacedValues({ PATH: "\ufffd", HOME: "/root" }, own, "darwin")).not.toThrow();
    expect(() => refuseReplacedValues({ ...own }, own, "win32")).not.toThrow();
  });
});
