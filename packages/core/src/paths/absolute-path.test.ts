import { describe, expect, test } from "vitest";
import type { PathConvention } from "./path-convention.js";
import { fromPathUri, resolvePathUri, toPathUri } from "./path-uri.js";

function refusal(path: string, convention: PathConvention): string {
  try {
    return toPathUri(path, convention);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("what is said of a path that cannot be used", () => {
  test.each([
    ["src", "posix", 'The path "src" is not absolute; give the full path on that machine, as in /srv/src'],
    ["src", "windows", 'The path "src" is not absolute; give the full path on that machine, as in C:\\src'],
    ["C:src", "windows", "it counts from the current folder of C:; give the full path"],
    ["\\src", "windows", 'The path "\\src" is not absolute: it counts from the current drive; give the full'],
    ["~/src", "posix", "only a shell knows what ~ is; give the full path on that machine, as in /srv/src"],
    ["~", "windows", "only a shell knows what ~ is; give the full path on that machine, as in C:\\src"],
    ["$HOME/src", "posix", "variables are not filled in; give the full path"],
    ["${HOME}", "posix", "variables are not filled in; give the full path"],
    [
      "%USERPROFILE%\\src",
      "windows",
      'The path "%USERPROFILE%\\src" is not absolute: variables are not filled in;',
    ],
    ["$env:USERPROFILE", "windows", "variables are not filled in; give the full path"],
    ["C:\\src", "posix", 'The path "C:\\src" is a Windows path, which a POSIX machine does not have'],
    ["/srv", "windows", 'The path "/srv" is a POSIX path, which a Windows machine does not have'],
    ["a\nb", "posix", 'The path "a\\nb" is not absolute'],
    ['a"b', "posix", 'The path "a\\"b" is not absolute'],
    ["\u202eb", "posix", String.raw`The path "\u{202e}b" is not absolute`],
    ["\u2028\x7f", "posix", String.raw`The path "\u{2028}\u{7f}" is not absolute`],
  ] as const)("%j on %s", (path, convention, told) => {
    expect(refusal(path, convention)).toContain(told);
  });
});

describe("a path that is written in a folder", () => {
  test.each([
    ["x", "file:///srv", "posix", "/srv/x"],
    ["./x/", "file:///srv/", "posix", "/srv/x/"],
    ["", "file:///srv", "posix", "/srv/"],
    [".", "file:///srv", "posix", "/srv"],
    ["../x", "file:///srv/a", "posix", "/srv/x"],
    ["../../../x", "file:///srv/a", "posix", "/x"],
    ["/x", "file:///srv", "posix", "/x"],
    ["C:x", "file:///srv", "posix", "/srv/C:x"],
    ["\\x", "file:///srv", "posix", "/srv/\\x"],
    ["x\\y", "file:///C:/a", "windows", "C:\\a\\x\\y"],
    ["x/y", "file:///C:/a", "windows", "C:\\a\\x\\y"],
    ["..\\..\\x", "file:///C:/a", "windows", "C:\\x"],
    ["x", "file:///C:/", "windows", "C:\\x"],
    ["..\\..\\x", "file://server/share/a", "windows", "\\\\server\\share\\x"],
    ["D:\\x", "file:///C:/a", "windows", "D:\\x"],
    ["\\\\server\\share", "file:///C:/a", "windows", "\\\\server\\share"],
    ["//server/share", "file:///C:/a", "windows", "\\\\server\\share"],
  ] as const)("%j in %s on %s is %j", (spelled, folder, convention, expected) => {
    expect(fromPathUri(resolvePathUri(spelled, folder, convention), convention)).toBe(expected);
  });

  test.each([
    ["C:x", "file:///C:/a", "windows"],
    ["C:", "file:///C:/a", "windows"],
    ["\\x", "file:///C:/a", "windows"],
    ["/x", "file:///C:/a", "windows"],
    ["C:\\x", "file:///srv", "posix"],
    ["x", toPathUri("\\\\?\\C:\\a", "windows"), "windows"],
    ["x", "file:///srv", "windows"],
  ] as const)("%j in %s on %s is refused", (spelled, folder, convention) => {
    expect(() => resolvePathUri(spelled, folder, convention)).toThrow(
      expect.objectContaining({ code: "usage", reason: "path_invalid", effect: "none" }),
    );
  });
});
