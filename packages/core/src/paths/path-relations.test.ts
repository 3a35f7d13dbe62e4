import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { basenameOfPathUri, isInsidePathUri, joinPathUri, parentOfPathUri } from "./path-relations.js";
import { toPathUri } from "./path-uri.js";

const refused = expect.objectContaining({ code: "usage", reason: "path_invalid" });
const device = toPathUri("\\\\?\\C:\\x", "windows");

describe("the parent and the name of a path", () => {
  test.each([
    ["file:///srv/work", "file:///srv", "work"],
    ["file:///srv/", "file:///", "srv"],
    ["file:///", undefined, undefined],
    ["file:///C:/x", "file:///C:/", "x"],
    ["file:///C:/", undefined, undefined],
    ["file:///C:/a/b%20c", "file:///C:/a", "b c"],
    ["file://server/share/x", "file://server/share", "x"],
    ["file://server/share", undefined, undefined],
    [device, undefined, undefined],
  ])("of %s are %s and %s", (uri, parent, name) => {
    expect(parentOfPathUri(uri)).toBe(parent);
    expect(basenameOfPathUri(uri)).toBe(name);
  });
});

describe("joining", () => {
  test.each([
    ["file:///srv", ["a b", "c"], "file:///srv/a%20b/c"],
    ["file:///", ["x"], "file:///x"],
    ["file:///C:/", ["x"], "file:///C:/x"],
    ["file:///C:/", [], "file:///C:/"],
    ["file://server/share/", ["50%"], "file://server/share/50%25"],
  ])("%s with %j gives %s", (folder, names, joined) => {
    expect(joinPathUri(folder, ...names)).toBe(joined);
  });

  test.each(["..", ".", "", "a/b", "a\\b", "nul\0"])("never takes the name %j", (name) => {
    expect(() => joinPathUri("file:///srv", name)).toThrow(refused);
  });

  test("makes no Windows drive at the top of a POSIX machine", () => {
    expect(() => joinPathUri("file:///", "C:")).toThrow(refused);
    expect(() => joinPathUri("file:///", "c:", "x")).toThrow(refused);
    expect(joinPathUri("file:///srv", "C:")).toBe("file:///srv/C:");
    expect(joinPathUri("file://server/share", "C:")).toBe("file://server/share/C:");
  });

  test("adds nothing to a device path", () => {
    expect(() => joinPathUri(device, "x")).toThrow(refused);
  });
});

describe("lying inside", () => {
  test.each([
    ["file:///srv", "file:///srv", "posix", true],
    ["file:///srv", "file:///srv/", "posix", true],
    ["file:///srv/", "file:///srv/a/b", "posix", true],
    ["file:///", "file:///anything", "posix", true],
    ["file:///srv", "file:///srv2", "posix", false],
    ["file:///srv", "file:///srv/../etc", "posix", false],
    ["file:///srv", "file:///srv/%2E%2E/etc", "posix", false],
    ["file:///srv", "file:///SRV/a", "posix", false],
    ["file:///srv", "file:///srv/a%2F..%2F..", "posix", false],
    ["file:///srv", "file:///srv/a%5Cb", "posix", false],
    ["file:///srv", "file:///C:/srv", "posix", false],
    ["file:///", "file:///C:/x", "posix", false],
    ["file:///C:/Users", "file:///c%3A/users/Me", "windows", true],
    ["file:///C:/Users", "file:///D:/Users", "windows", false],
    ["file:///C:/", "file:///C:/..", "windows", true],
    ["file:///C:/a", "file:///C:/a%5C..%5Cb", "windows", false],
    ["file://server/share", "file://SERVER/Share/x", "windows", true],
    ["file://server/share", "file://server/share2", "windows", false],
    ["file://server/share", "file://other/share/x", "windows", false],
    ["file://server/share", "file:///server/share/x", "windows", false],
    ["file:///C:/", "file://C/x", "windows", false],
    ["file:///C:/Gr%C3%B6%C3%9Fe", "file:///C:/GR%C3%96%C3%9FE/x", "windows", true],
    ["file:///C:/k", "file:///C:/%E2%84%AA/x", "windows", false],
    ["file:///C:/%C3%A9", "file:///C:/e%CC%81/x", "windows", false],
    ["file:///C:/a", "file:///C:/a%2F..%2F..%2Fb", "windows", false],
    ["file:///C:/a", "file:///C:/a/%2e%2e/b", "windows", false],
    ["file:///C:/a", "file:///C:/a/%252e%252e/b", "windows", true],
    ["file:///srv", "file:///srv/%252F../etc", "posix", true],
    ["file:///srv/%25", "file:///srv/%2525", "posix", false],
    ["file:///srv", "file:///srv?x", "posix", false],
    ["file:///srv", "file:///srv/a#b", "posix", false],
    ["file:///srv", "http:///srv/a", "posix", false],
    ["file:///srv", "file://host/srv/a", "posix", false],
    ["file:///srv", "file://localhost/srv/a", "posix", true],
    ["file:///C:/", device, "windows", false],
    [device, device, "windows", false],
    ["file:///srv", "nonsense", "posix", false],
    ["nonsense", "file:///srv", "posix", false],
  ] as const)("in %s, %s on %s: %s", (folder, uri, convention, isInside) => {
    expect(isInsidePathUri(folder, uri, convention)).toBe(isInside);
  });
});

test("what is joined to a folder lies inside it, and its parent is where it was joined", () => {
  const name = fc.string({ minLength: 1, maxLength: 9 }).filter((text) => !/[\0/\\]|^\.{1,2}$/.test(text));
  const folder = fc.constantFrom("file:///srv", "file:///C:/a", "file://server/share");
  fc.assert(
    fc.property(folder, name, name, (top, first, second) => {
      const joined = joinPathUri(top, first, second);
      const convention = top === "file:///srv" ? "posix" : "windows";
      expect(isInsidePathUri(top, joined, convention)).toBe(true);
      expect(parentOfPathUri(joined)).toBe(joinPathUri(top, first));
      expect(basenameOfPathUri(joined)).toBe(second);
    }),
  );
});
