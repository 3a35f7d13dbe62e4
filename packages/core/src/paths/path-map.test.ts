import { expect, test } from "vitest";
import { createPathMap } from "./path-map.js";

const map = createPathMap([
  { host: "/home/me/p", executor: "C:\\src\\p" },
  { host: "/home/me/p/deep", executor: "D:\\" },
  { host: "/mnt/share", executor: "\\\\server\\share" },
]);

test.each([
  ["file:///home/me/p", "file:///C:/src/p"],
  ["file:///home/me/p/", "file:///C:/src/p/"],
  ["file:///home/me/p/a%20b/c", "file:///C:/src/p/a%20b/c"],
  ["file:///home/me/p/deep", "file:///D:/"],
  ["file:///home/me/p/deep/x", "file:///D:/x"],
  ["file:///mnt/share/x", "file://server/share/x"],
])("%s of this machine is %s of the executor's, and the other way round", (host, executor) => {
  expect(map.toExecutor(host)).toBe(executor);
  expect(map.toHost(executor)).toBe(host);
});

test.each([
  "file:///home/me/private",
  "file:///home/me/p2",
  "file:///home/me/p/../x",
  "file:///home/me",
  "nonsense",
])("%s lies in no shared folder", (uri) => {
  expect(map.toExecutor(uri)).toBeUndefined();
});

test("a Windows spelling is found in whatever case it is written", () => {
  expect(map.toHost("file:///c%3A/SRC/P/File")).toBe("file:///home/me/p/File");
});

test("a name that the other machine could not tell from a separator is not translated", () => {
  expect(map.toExecutor("file:///home/me/p/a%5Cb")).toBeUndefined();
});

test("a name that would be a drive of the other machine is not translated", () => {
  const top = createPathMap([{ host: "/mnt", executor: "/" }]);
  expect(top.toExecutor("file:///mnt/C:/x")).toBeUndefined();
  expect(top.toExecutor("file:///mnt/x/C:")).toBe("file:///x/C:");
});

test.each([
  [{ host: "p", executor: "/p" }],
  [{ host: "/p", executor: "C:p" }],
  [{ host: "/p", executor: "\\\\?\\C:\\p" }],
])("the pair %j is refused", (pair) => {
  expect(() => createPathMap([pair])).toThrow(expect.objectContaining({ reason: "path_invalid" }));
});
