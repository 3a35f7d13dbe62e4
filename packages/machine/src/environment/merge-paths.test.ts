import { expect, it } from "vitest";
import { mergePaths } from "./merge-paths.js";

it.each([
  ["posix", "/a:/b", "/b:/c", "/a:/b:/c"],
  ["posix", "/a", "/A:/a/", "/a:/A:/a/"],
  ["posix", "/a::/b", "/c::.", "/a::/b:/c:."],
  ["posix", "", "/a:/a", "/a"],
  ["posix", "/a", "", "/a"],
  ["posix", "/\udcff", "/\udcff:/\udcfe", "/\udcff:/\udcfe"],
  ["windows", "C:\\A;C:\\b", 'c:\\a\\;D:\\;"C:\\B"', "C:\\A;C:\\b;D:\\"],
  ["windows", "C:\\A", ";;C:\\Jörg;C:\\JÖRG", "C:\\A;C:\\Jörg"],
] as const)("on %s, %j and then %j is %j", (convention, first, second, expected) => {
  expect(mergePaths(first, second, convention)).toBe(expected);
});
