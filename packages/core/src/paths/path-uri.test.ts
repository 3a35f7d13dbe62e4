import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairleadError } from "../errors/fairlead-error.js";
import { conventionOfSpelling } from "./path-convention.js";
import { fromPathUri, toPathUri } from "./path-uri.js";

const refused = expect.objectContaining({ code: "usage", reason: "path_invalid", effect: "none" });

describe("a POSIX path", () => {
  test.each([
    ["/", "file:///"],
    ["//", "file:///"],
    ["/.", "file:///"],
    ["/..", "file:///"],
    ["/../../etc", "file:///etc"],
    ["/srv", "file:///srv"],
    ["/srv/", "file:///srv/"],
    ["/srv//", "file:///srv/"],
    ["/srv/work", "file:///srv/work"],
    ["/srv//work/./", "file:///srv/work/"],
    ["/srv/./work", "file:///srv/work"],
    ["/srv/a/../b", "file:///srv/b"],
    ["/srv/a/..", "file:///srv"],
    ["/srv/a/../..", "file:///"],
    ["/srv/a/../../..", "file:///"],
    ["/srv/...", "file:///srv/..."],
    ["/srv/..a", "file:///srv/..a"],
    ["/srv/.hidden", "file:///srv/.hidden"],
    ["/with space/ümläut", "file:///with%20space/%C3%BCml%C3%A4ut"],
    ["/nfc/\u00e9", "file:///nfc/%C3%A9"],
    ["/nfd/e\u0301", "file:///nfd/e%CC%81"],
    ["/emoji/😀", "file:///emoji/%F0%9F%98%80"],
    ["/日本語", "file:///%E6%97%A5%E6%9C%AC%E8%AA%9E"],
    ["/50%/a?b#c", "file:///50%25/a%3Fb%23c"],
    ["/100%25", "file:///100%2525"],
    ["/a:b/c@d", "file:///a:b/c@d"],
    ["/a&b=c+d$e,f;g", "file:///a&b=c+d$e,f;g"],
    ["/quo\"te'(x)*~!", "file:///quo%22te'(x)*~!"],
    ["/new\nline\ttab", "file:///new%0Aline%09tab"],
    ["//server/share", "file:///server/share"],
    ["/back\\slash", "file:///back%5Cslash"],
    ["/..\\x", "file:///..%5Cx"],
    ["/x/C:/y", "file:///x/C:/y"],
    ["/CC:/x", "file:///CC:/x"],
    ["/localhost/x", "file:///localhost/x"],
  ])("%j becomes %s, and stays what it means", (path, uri) => {
    expect(toPathUri(path, "posix")).toBe(uri);
    expect(toPathUri(fromPathUri(uri, "posix"), "posix")).toBe(uri);
  });

  test.each(["/C:/x", "/c:", "/../C:/x", "/nul\0byte", "/lone\ud800surrogate", "/z:/"])(
    "%j travels as it is written, and only to a machine of its kind",
    (path) => {
      const uri = toPathUri(path, "posix");
      expect(uri).toMatch(/^file:\/\/\/%00\/p\/[0-9a-f]+$/);
      expect(fromPathUri(uri, "posix")).toBe(path);
      expect(() => fromPathUri(uri, "windows")).toThrow(refused);
    },
  );

  test.each([
    "",
    ".",
    "..",
    "relative",
    "./x",
    "../x",
    "~",
    "~/x",
    "C:\\x",
    "C:/x",
    "\\\\server\\share",
    "\\x",
  ])("%j is refused", (path) => {
    expect(() => toPathUri(path, "posix")).toThrow(refused);
  });
});

describe("a Windows path", () => {
  test.each([
    ["C:\\", "file:///C:/"],
    ["C:/", "file:///C:/"],
    ["c:\\", "file:///C:/"],
    ["C:\\.", "file:///C:/"],
    ["C:\\..", "file:///C:/"],
    ["C:\\\\", "file:///C:/"],
    ["c:\\Users\\me", "file:///C:/Users/me"],
    ["C:/Users/me/", "file:///C:/Users/me/"],
    ["C:\\Users/me\\x/y", "file:///C:/Users/me/x/y"],
    ["C:\\Users\\\\me", "file:///C:/Users/me"],
    ["C:\\Users\\.\\me\\", "file:///C:/Users/me/"],
    ["C:\\a\\..\\..\\b", "file:///C:/b"],
    ["C:\\a\\..", "file:///C:/"],
    ["C:\\Users\\me\\..\\you", "file:///C:/Users/you"],
    ["Z:\\日本語\\ü", "file:///Z:/%E6%97%A5%E6%9C%AC%E8%AA%9E/%C3%BC"],
    ["C:\\nfd\\e\u0301", "file:///C:/nfd/e%CC%81"],
    ["C:\\50% off\\ü", "file:///C:/50%25%20off/%C3%BC"],
    ["C:\\a#b;c", "file:///C:/a%23b;c"],
    ["C:\\Program Files (x86)\\x", "file:///C:/Program%20Files%20(x86)/x"],
    ["C:\\file.txt:stream", "file:///C:/file.txt:stream"],
    ["C:\\D:\\x", "file:///C:/D:/x"],
    ["C:\\CON", "file:///C:/CON"],
    ["\\\\server\\share", "file://server/share"],
    ["\\\\server\\share\\", "file://server/share/"],
    ["\\\\server\\share\\dir", "file://server/share/dir"],
    ["\\\\server\\share\\..\\dir", "file://server/share/dir"],
    ["\\\\server\\share\\..\\..", "file://server/share"],
    ["\\\\server\\share\\a\\..\\b\\", "file://server/share/b/"],
    ["//server/share", "file://server/share"],
    ["\\\\server/share\\x/y", "file://server/share/x/y"],
    ["\\\\SERVER\\Share", "file://SERVER/Share"],
    ["\\\\my server\\c$\\x", "file://my%20server/c$/x"],
    ["\\\\10.0.0.1\\share", "file://10.0.0.1/share"],
  ])("%j becomes %s, and stays what it means", (path, uri) => {
    expect(toPathUri(path, "windows")).toBe(uri);
    expect(toPathUri(fromPathUri(uri, "windows"), "windows")).toBe(uri);
  });

  test.each([
    "\\\\.\\pipe\\x",
    "\\\\.\\COM1",
    "//./pipe/x",
    "\\\\?\\C:\\x",
    "\\\\?\\C:\\x\\..\\y",
    "\\\\?\\UNC\\server\\share",
    "\\\\?\\GLOBALROOT\\Device",
    "C:\\nul\0byte",
    "C:\\lone\udc00surrogate",
    "\\\\localhost\\c$",
    "\\\\a@b\\share",
    "//C:/share",
    "//?/C:/x",
    "\\\\server\\share\\nul\0",
  ])("%j travels as it is written, and only to a machine of its kind", (path) => {
    const uri = toPathUri(path, "windows");
    expect(uri).toMatch(/^file:\/\/\/%00\/w\/[0-9a-f]+$/);
    expect(fromPathUri(uri, "windows")).toBe(path);
    expect(() => fromPathUri(uri, "posix")).toThrow(refused);
  });

  test.each([
    "",
    "C:",
    "C:foo",
    "C:..\\x",
    "\\rooted",
    "/srv",
    "relative",
    "..\\x",
    "~\\x",
    "\\\\server",
    "\\\\server\\",
    "\\\\\\share",
    "\\\\..\\share",
    "CC:\\x",
    "1:\\x",
  ])("%j is refused", (path) => {
    expect(() => toPathUri(path, "windows")).toThrow(refused);
  });
});

describe("a path URI", () => {
  test.each([
    ["file:///", "posix", "/"],
    ["file:///srv/work", "posix", "/srv/work"],
    ["FILE:///srv", "posix", "/srv"],
    ["file:///srv/../etc/", "posix", "/etc/"],
    ["file:///%2E%2E/etc", "posix", "/etc"],
    ["file://localhost/srv", "posix", "/srv"],
    ["file://LOCALHOST/srv", "posix", "/srv"],
    ["file:///a%252Fb", "posix", "/a%2Fb"],
    ["file:///a%5Cb", "posix", "/a\\b"],
    ["file:///a%20b+c", "posix", "/a b+c"],
    ["file:///ünescaped", "posix", "/ünescaped"],
    ["file:///C:/Users/me", "windows", "C:\\Users\\me"],
    ["file:///c%3A/Users/me", "windows", "C:\\Users\\me"],
    ["file:///C:", "windows", "C:\\"],
    ["file:///C:/", "windows", "C:\\"],
    ["file:///C:/..", "windows", "C:\\"],
    ["file://localhost/C:/x", "windows", "C:\\x"],
    ["file:///C:/a%252Fb", "windows", "C:\\a%2Fb"],
    ["file://server/share/dir", "windows", "\\\\server\\share\\dir"],
    ["file://server/share/", "windows", "\\\\server\\share\\"],
    ["file://server/share/../x", "windows", "\\\\server\\share\\x"],
  ] as const)("%s is spelled on %s as %j", (uri, convention, native) => {
    expect(fromPathUri(uri, convention)).toBe(native);
  });

  test.each([
    ["file:///C:/x", "posix"],
    ["file:///c%3A/x", "posix"],
    ["file://server/share", "posix"],
    ["file:///srv/work", "windows"],
    ["file:///", "windows"],
    ["file://server/", "windows"],
    ["http:///srv", "posix"],
    ["file:/srv", "posix"],
    ["file:srv", "posix"],
    ["file:///a?b", "posix"],
    ["file:///a#b", "posix"],
    ["file://user@host/a", "posix"],
    ["file://user@host/share", "windows"],
    ["file://host:80/a", "posix"],
    ["file://a%2Fb/share", "windows"],
    ["file://a%40b/share", "windows"],
    ["file:///a%2Fb", "posix"],
    ["file:///C:/a%2Fb", "windows"],
    ["file:///C:/a%5Cb", "windows"],
    ["file:///C:/%2e%2e%5Cb", "windows"],
    ["file:///a%00b", "posix"],
    ["file:///C:/a%00b", "windows"],
    ["file:///a%zz", "posix"],
    ["file:///a%C3", "posix"],
    ["file:///%00/p/", "posix"],
    ["file:///%00/p/006", "posix"],
    ["file:///%00/x/0061", "posix"],
    ["file:///%00/p/0061/..", "posix"],
    ["srv/work", "posix"],
    ["", "posix"],
  ] as const)("%s is refused on %s", (uri, convention) => {
    expect(() => fromPathUri(uri, convention)).toThrow(refused);
  });
});

describe("any path", () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((text) => !/[\0/\\]/.test(text) && text !== "." && text !== "..");

  test("comes back as it was on POSIX", () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 6 }), (names) => {
        const path = `/${names.join("/")}`;
        expect(fromPathUri(toPathUri(path, "posix"), "posix")).toBe(path);
      }),
    );
  });

  test("comes back as it was on Windows", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("C:", "D:", "\\\\server\\share"),
        fc.array(name, { minLength: 1, maxLength: 6 }),
        (top, names) => {
          const path = `${top}\\${names.join("\\")}`;
          expect(fromPathUri(toPathUri(path, "windows"), "windows")).toBe(path);
        },
      ),
    );
  });

  test("of a machine is converted or refused with a typed error, and never to another machine's", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("C:", "/", "\\", "..", ".", "a", "%", "?", "\0", "server"), { maxLength: 9 })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom("posix", "windows"), (path, convention) => {
        const uri = outcomeOf(() => toPathUri(path, convention));
        if (uri === "path_invalid") return;
        const native = fromPathUri(uri, convention);
        // A device or an odd server travels as it is written, be it with slashes.
        expect(native.startsWith("//") ? convention : conventionOfSpelling(native)).toBe(convention);
        expect(toPathUri(native, convention)).toBe(uri);
        const other = convention === "posix" ? "windows" : "posix";
        expect(outcomeOf(() => fromPathUri(uri, other))).toBe("path_invalid");
      }),
    );
  });

  test("URI, however written, is read or refused with a typed error", () => {
    const text = fc
      .array(
        fc.constantFrom("file://", "/", "%2F", "%5C", "%00", "%", "C:", "..", "a", "?", "@", ":", "host"),
        { maxLength: 9 },
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.constantFrom("posix", "windows"), (uri, convention) => {
        const native = outcomeOf(() => fromPathUri(uri, convention));
        expect([undefined, convention]).toContain(conventionOfSpelling(native));
      }),
    );
  });
});

test.each([
  ["C:\\x", "windows"],
  ["c:/x", "windows"],
  ["\\\\server\\share", "windows"],
  ["\\\\?\\C:\\x", "windows"],
  ["\\/server\\share", "windows"],
  ["/srv", "posix"],
  ["//server/share", "posix"],
  ["srv", undefined],
  ["C:foo", undefined],
  ["", undefined],
] as const)("the spelling of %j tells %s", (path, convention) => {
  expect(conventionOfSpelling(path)).toBe(convention);
});

function outcomeOf(convert: () => string): string {
  try {
    return convert();
  } catch (error) {
    return error instanceof FairleadError ? String(error.reason) : String(error);
  }
}
