import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairleadError } from "../errors/fairlead-error.js";
import { conventionOfSpelling, fromPathUri, toPathUri } from "./path-uri.js";

const refused = expect.objectContaining({ code: "usage", reason: "path_invalid", effect: "none" });

describe("a POSIX path", () => {
  test.each([
    ["/", "file:///"],
    ["/srv/work", "file:///srv/work"],
    ["/srv//work/./", "file:///srv/work/"],
    ["/srv/a/../b", "file:///srv/b"],
    ["/../../etc", "file:///etc"],
    ["/with space/ümläut", "file:///with%20space/%C3%BCml%C3%A4ut"],
    ["/50%/a?b#c", "file:///50%25/a%3Fb%23c"],
    ["/C:/x", "file:///C:/x"],
    ["//server/share", "file:///server/share"],
    ["/back\\slash", "file:///back%5Cslash"],
  ])("%s becomes %s", (path, uri) => {
    expect(toPathUri(path, "posix")).toBe(uri);
  });

  test.each(["", "relative", "./x", "C:\\x", "/nul\0byte", "/lone\ud800surrogate"])(
    "%j is refused",
    (path) => {
      expect(() => toPathUri(path, "posix")).toThrow(refused);
    },
  );
});

describe("a Windows path", () => {
  test.each([
    ["C:\\", "file:///C:/"],
    ["c:\\Users\\me", "file:///C:/Users/me"],
    ["C:/Users/me/", "file:///C:/Users/me/"],
    ["C:\\a\\..\\..\\b", "file:///C:/b"],
    ["\\\\server\\share\\dir", "file://server/share/dir"],
    ["\\\\server\\share\\..\\dir", "file://server/share/dir"],
    ["//server/share", "file://server/share"],
    ["C:\\50% off\\ü", "file:///C:/50%25%20off/%C3%BC"],
  ])("%s becomes %s", (path, uri) => {
    expect(toPathUri(path, "windows")).toBe(uri);
  });

  test.each(["C:foo", "C:", "\\rooted", "/srv", "relative", "\\\\server", "\\\\.\\pipe\\x", "\\\\?\\C:\\x"])(
    "%s is refused",
    (path) => {
      expect(() => toPathUri(path, "windows")).toThrow(refused);
    },
  );
});

describe("a path URI", () => {
  test.each([
    ["file:///srv/work", "posix", "/srv/work"],
    ["file://localhost/srv", "posix", "/srv"],
    ["file:///a%252Fb", "posix", "/a%2Fb"],
    ["file:///C:/Users/me", "windows", "C:\\Users\\me"],
    ["file:///C:/", "windows", "C:\\"],
    ["file://server/share/dir", "windows", "\\\\server\\share\\dir"],
  ] as const)("%s is spelled on %s as %s", (uri, convention, native) => {
    expect(fromPathUri(uri, convention)).toBe(native);
  });

  test.each([
    ["file:///C:/x", "posix"],
    ["file://server/share", "posix"],
    ["file:///srv/work", "windows"],
    ["file://server/", "windows"],
    ["http:///srv", "posix"],
    ["file:///a?b", "posix"],
    ["file:///a#b", "posix"],
    ["file://user@host/a", "posix"],
    ["file://host:80/a", "posix"],
    ["file:///a%2Fb", "posix"],
    ["file:///a%5Cb", "windows"],
    ["file:///a%00b", "posix"],
    ["file:///a%zz", "posix"],
    ["srv/work", "posix"],
  ] as const)("%s is refused on %s", (uri, convention) => {
    expect(() => fromPathUri(uri, convention)).toThrow(refused);
  });
});

describe("any path", () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((text) => !/[\0/\\]/.test(text) && text !== "." && text !== "..");

  test("comes back as it was on POSIX", () => {
    const safe = name.filter((text) => !/^[A-Za-z]:$/.test(text));
    fc.assert(
      fc.property(fc.array(safe, { maxLength: 6 }), (names) => {
        const path = `/${names.join("/")}`;
        expect(fromPathUri(toPathUri(path, "posix"), "posix")).toBe(path);
      }),
    );
  });

  test("comes back as it was on Windows", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("C", "D", "Z"),
        fc.array(name, { minLength: 1, maxLength: 6 }),
        (drive, names) => {
          const path = `${drive}:\\${names.join("\\")}`;
          expect(fromPathUri(toPathUri(path, "windows"), "windows")).toBe(path);
        },
      ),
    );
  });

  test("is either converted or refused with a typed error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("posix", "windows"), (text, convention) => {
        for (const convert of [toPathUri, fromPathUri]) {
          expect(outcomeOf(() => convert(text, convention))).toMatch(/^(?:converted|path_invalid)$/);
        }
      }),
    );
  });
});

test("the spelling of an absolute path tells its convention", () => {
  expect(conventionOfSpelling("C:\\x")).toBe("windows");
  expect(conventionOfSpelling("c:/x")).toBe("windows");
  expect(conventionOfSpelling("\\\\server\\share")).toBe("windows");
  expect(conventionOfSpelling("/srv")).toBe("posix");
  expect(conventionOfSpelling("srv")).toBeUndefined();
  expect(conventionOfSpelling("C:foo")).toBeUndefined();
});

function outcomeOf(convert: () => string): string {
  try {
    convert();
    return "converted";
  } catch (error) {
    return error instanceof FairleadError ? String(error.reason) : String(error);
  }
}
