import { expect, test } from "vitest";
import { type OwnProgram, ownLaunch } from "./own-launch.js";

const installed: OwnProgram = {
  platform: "linux",
  execPath: "/usr/bin/node",
  script: "/usr/lib/node_modules/fairlead/bin/fairlead.js",
  version: "1.2.3",
  searchPath: ["/opt/homebrew/bin", "/usr/bin"],
  realpath: () => undefined,
};
const words = (program: Partial<OwnProgram>, scope: "user" | "project" = "user"): readonly string[] => {
  const { command, args } = ownLaunch({ ...installed, ...program }, scope);
  return [command, ...args];
};

test("a user's entry names runtime and script by their absolute paths", () => {
  expect(words({})).toEqual(["/usr/bin/node", installed.script, "serve"]);
});

test("an entry for everybody of a project names no path of this machine", () => {
  expect(words({ home: "/home/me/x" }, "project")).toEqual(["fairlead", "serve"]);
  expect(ownLaunch({ ...installed, home: "/home/me/x" }, "project").env).toEqual({});
});

test("a home that was chosen goes along", () => {
  expect(ownLaunch({ ...installed, home: "/home/me/x" }, "user").env).toEqual({
    FAIRLEAD_HOME: "/home/me/x",
  });
});

test("from the cache of npx it is npx again, on Windows through the shell", () => {
  const script = "/home/me/.npm/_npx/4c1d/node_modules/fairlead/bin/fairlead.js";
  expect(words({ script })).toEqual(["npx", "-y", "fairlead@1.2.3", "serve"]);
  expect(words({ script, platform: "win32" })).toEqual(["cmd", "/c", "npx", "-y", "fairlead@1.2.3", "serve"]);
});

test("a runtime in a folder of its version goes by the link that stays", () => {
  const execPath = "/opt/homebrew/Cellar/node/22.1.0/bin/node";
  const realpath = (path: string): string | undefined =>
    path === "/opt/homebrew/bin/node" ? execPath : undefined;
  expect(words({ execPath, realpath })[0]).toBe("/opt/homebrew/bin/node");
  expect(words({ execPath })[0]).toBe(execPath);
});

test("a version manager's runtime goes by its own path, for the links of its shells are gone tomorrow", () => {
  const execPath = "/home/me/.nvm/versions/node/v20.20.0/bin/node";
  expect(words({ execPath, realpath: () => execPath })[0]).toBe(execPath);
});

test("a package in pnpm's store goes by the link that stays", () => {
  const root = "/home/me/.local/share/pnpm/global/5";
  const script = `${root}/.pnpm/fairlead@1.2.3/node_modules/fairlead/bin/fairlead.js`;
  const linked = `${root}/node_modules/fairlead/bin/fairlead.js`;
  expect(words({ script, realpath: (path) => (path === linked ? script : undefined) })[1]).toBe(linked);
  expect(words({ script })[1]).toBe(script);
});
