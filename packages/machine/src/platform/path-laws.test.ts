import { posix, win32 } from "node:path";
import {
  conventionOfSpelling,
  createPathMap,
  fromPathUri,
  isInsidePathUri,
  joinPathUri,
  type PathConvention,
  parentOfPathUri,
  resolvePathUri,
  toPathUri,
} from "@fairlead/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** What each convention does to a path, said by Node's own reading of it; both are asked, whatever machine this is. */
const systems: Readonly<Record<PathConvention, typeof posix>> = { posix, windows: win32 };
const conventions = fc.constantFrom<PathConvention>("posix", "windows");

/** Names that careless code reads something into, and any others. */
const name = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "...",
    "..a",
    "a.",
    "%2F",
    "%2e%2e",
    "%5C",
    "%25",
    "C:",
    "~",
    "e\u0301",
    "\u00e9",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }).map((text) => text.replaceAll(/[\0\\/]/g, "x")),
);
const names = fc.array(name, { maxLength: 8 });
const windowsTops = fc.constantFrom(
  "C:\\",
  "c:/",
  "D:\\",
  "\\\\server\\share\\",
  "//server/share/",
  "\\/s\\c$/",
);
/** Any absolute path of a convention that has names, with its separators mixed where there are two. */
function pathsOf(convention: PathConvention): fc.Arbitrary<string> {
  if (convention === "posix") {
    // Below a folder that is called like a drive nothing has names.
    return names
      .map((parts) => `/${parts.join("/")}`)
      .filter((path) => !/^\/+(?:\.*\/+)*[A-Za-z]:/.test(path));
  }
  const separated = fc.array(fc.tuple(name, fc.constantFrom("\\", "/")), { maxLength: 8 });
  return fc
    .tuple(windowsTops, separated)
    .map(([top, parts]) => top + parts.map((pair) => pair.join("")).join(""));
}
const paths = conventions.chain((convention) =>
  fc.tuple(fc.constant(convention), pathsOf(convention), pathsOf(convention)),
);
const hasNames = (uri: string): boolean => !uri.startsWith("file:///%00/");

/** The path that the system itself would open, without a separator at its end. */
function opened(path: string, convention: PathConvention): string {
  const normal = systems[convention].normalize(path);
  const top = systems[convention].parse(normal).root;
  const bare = normal.length > top.length ? normal.replace(/[\\/]$/, "") : normal;
  if (convention === "posix") return bare;
  return bare.replace(/([^:])\\$/, "$1").replace(/^[a-z]:/, (drive) => drive.toUpperCase());
}

describe("a path and its URI", () => {
  test("mean the same place, by the system's own reading", () => {
    fc.assert(
      fc.property(paths, ([convention, path]) => {
        const uri = toPathUri(path, convention);
        fc.pre(hasNames(uri));
        const back = fromPathUri(uri, convention);
        expect(opened(back, convention)).toBe(opened(path, convention));
        // A separator at the end is kept, unless what was in front of it is gone.
        const isFolder = /[\\/]\.{0,2}$/.test(path) || /[:\\/][\\/]$/.test(back);
        expect(/[\\/]$/.test(back) && !isFolder).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("are each other's only form", () => {
    fc.assert(
      fc.property(paths, ([convention, path]) => {
        const uri = toPathUri(path, convention);
        expect(toPathUri(fromPathUri(uri, convention), convention)).toBe(uri);
        expect(uri).toMatch(/^file:\/\/[!-~]*$/);
      }),
      { numRuns: 1_000 },
    );
  });

  test("keep each name as it is, in whatever Unicode form", () => {
    fc.assert(
      fc.property(
        conventions,
        fc.string({ unit: "grapheme-composite", minLength: 1 }),
        (convention, text) => {
          const plain = text.replaceAll(/[\0\\/]|\p{Surrogate}/gu, "x");
          fc.pre(!/^\.{1,2}$/.test(plain));
          const [top, separator] = convention === "posix" ? ["/top", "/"] : ["C:\\top", "\\"];
          for (const form of ["NFC", "NFD"] as const) {
            const path = `${top}${separator}${plain.normalize(form)}`;
            expect(fromPathUri(toPathUri(path, convention), convention)).toBe(path);
          }
        },
      ),
    );
  });
});

test("a path lies inside a folder exactly where the system says so, and on Windows in any case", () => {
  fc.assert(
    fc.property(paths, fc.boolean(), names, ([convention, folder, other], isBelow, below) => {
      const separator = convention === "posix" ? "/" : "\\";
      const path = isBelow ? `${folder}${separator}${below.join(separator)}` : other;
      const [folderUri, pathUri] = [toPathUri(folder, convention), toPathUri(path, convention)];
      fc.pre(hasNames(folderUri) && hasNames(pathUri));
      const [outer, inner] = [folder, path].map((each) => {
        const bare = opened(each, convention).toUpperCase();
        return `${convention === "windows" ? bare : opened(each, convention)}${separator}`;
      });
      const isInside = inner?.startsWith(outer?.replace(/[\\/]+$/, separator) ?? "?");
      // What Windows and JavaScript fold differently is asked elsewhere.
      fc.pre(
        convention === "posix" ||
          !/[\u0130\u0131\u017f\u212a\u212b\u00df\ufb00-\ufb06\u1e9e]/.test(folder + path),
      );
      expect(isInsidePathUri(folderUri, pathUri, convention)).toBe(isInside);
    }),
    { numRuns: 2_000 },
  );
});

test("a path lies inside each of its parents, and in nothing beside them", () => {
  fc.assert(
    fc.property(paths, ([convention, path]) => {
      const uri = toPathUri(path, convention);
      fc.pre(hasNames(uri));
      let steps = 0;
      for (let at = parentOfPathUri(uri); at !== undefined; at = parentOfPathUri(at)) {
        expect(isInsidePathUri(at, uri, convention)).toBe(true);
        expect(isInsidePathUri(joinPathUri(at, "beside it"), uri, convention)).toBe(false);
        steps += 1;
      }
      expect(steps).toBeLessThanOrEqual(path.length);
    }),
  );
});

test("a path from a folder is where the system finds it from there", () => {
  fc.assert(
    fc.property(paths, names, ([convention, folder], parts) => {
      const relative = ["x", ...parts].join("/");
      const folderUri = toPathUri(folder, convention);
      fc.pre(hasNames(folderUri));
      const uri = resolvePathUri(relative, folderUri, convention);
      fc.pre(hasNames(uri));
      const expected = opened(systems[convention].join(folder, relative), convention);
      expect(opened(fromPathUri(uri, convention), convention)).toBe(expected);
    }),
  );
});

test("what a map of folders translates comes back, whichever two machines share them", () => {
  const folder = conventions
    .chain((convention) => fc.tuple(fc.constant(convention), pathsOf(convention)))
    // The spelling has to tell the convention, as it does in a configuration.
    .filter(
      ([convention, path]) =>
        conventionOfSpelling(path) === convention && hasNames(toPathUri(path, convention)),
    );
  const below = fc.array(
    name.filter((text) => !/^(?:\.{0,2}|[A-Za-z]:)$/.test(text)),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(folder, folder, below, ([hostSide, host], [executorSide, executor], parts) => {
      const map = createPathMap([{ host, executor }]);
      const uri = joinPathUri(toPathUri(host, hostSide), ...parts);
      const there = map.toExecutor(uri) ?? "";
      expect(isInsidePathUri(toPathUri(executor, executorSide), there, executorSide)).toBe(true);
      expect(map.toHost(there)).toBe(uri);
    }),
  );
});
