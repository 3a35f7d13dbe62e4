import { expect, test } from "vitest";
import { splitLines } from "./user-environment.js";

test("an environment of Windows is taken apart behind the first equals sign that ends a name", () => {
  expect(splitLines(["Path=C:\\a;C:\\b", "=C:=C:\\here", "EMPTY=", "A=b=c", "odd"])).toEqual({
    Path: "C:\\a;C:\\b",
    "=C:": "C:\\here",
    EMPTY: "",
    A: "b=c",
  });
});
