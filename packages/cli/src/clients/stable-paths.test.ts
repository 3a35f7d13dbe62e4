import { join, sep } from "node:path";
import { expect, test } from "vitest";
import { isTemporary, isThrowAway } from "./stable-paths.js";

test.each([
  "/home/me/.npm/_npx/4c1d/node_modules/fairlead/bin/x.js",
  "/home/me/.cache/pnpm/dlx/ab12/19a-b/node_modules/fairlead/bin/x.js",
  "C:\\Users\\me\\AppData\\Local\\pnpm-cache\\dlx\\ab12\\node_modules\\fairlead\\bin\\x.js",
  "/home/me/.local/share/pnpm/store/v3/tmp/dlx-4711/node_modules/fairlead/bin/x.js",
  "/tmp/xfs-1a2b/dlx-4711/node_modules/fairlead/bin/x.js",
  "/tmp/bunx-1000-fairlead@latest/node_modules/fairlead/bin/x.js",
])("what is run once lies in a cache that is emptied: %s", (script) => {
  expect(isThrowAway(script)).toBe(true);
});

test.each([
  "/usr/lib/node_modules/fairlead/bin/x.js",
  "/home/me/.local/share/pnpm/global/5/node_modules/fairlead/bin/x.js",
  "/home/me/dlxr/node_modules/fairlead/bin/x.js",
  "/tmp/unpacked/fairlead/bin/x.js",
])("what was installed stays: %s", (script) => {
  expect(isThrowAway(script)).toBe(false);
});

test("only what lies below the folder of temporary files is temporary", () => {
  const folder = join(sep, "tmp");
  expect(isTemporary(join(folder, "a", "x.js"), folder)).toBe(true);
  expect(isTemporary(join(folder, "..a", "x.js"), folder)).toBe(true);
  expect(isTemporary(join(sep, "tmpfiles", "x.js"), folder)).toBe(false);
  expect(isTemporary(join(sep, "usr", "x.js"), folder)).toBe(false);
});
