import { expect, test } from "vitest";
import { findProgramAt, makeFolderAt, type Place } from "./place.js";

const here: Place = { isWindows: false };
const hereOnWindows: Place = { isWindows: true };
const there: Place = { executor: "devbox", isWindows: false };
const onWindows: Place = { executor: "winbox", isWindows: true };

test.each([
  ["a program", here, "command -v -- 'my tool'"],
  ["a program", there, `fairlead run --executor devbox -- sh -c 'command -v -- '\\''my tool'\\'''`],
  ["a program", onWindows, "fairlead run --executor winbox -- where.exe 'my tool'"],
] as const)("%s is looked for where it is to be: %j", (_what, place, line) => {
  expect(findProgramAt(place, "my tool", "posix")).toBe(line);
});

test("a folder is made in the language of its machine, pasted into that of this one", () => {
  expect(makeFolderAt(here, "/a b", "posix")).toBe("mkdir -p -- '/a b'");
  expect(makeFolderAt(there, "/a b", "posix")).toBe("fairlead run --executor devbox -- mkdir -p -- '/a b'");
  const made = "New-Item -ItemType Directory -Force -Path";
  expect(makeFolderAt(hereOnWindows, "C:\\a b", "powershell")).toBe(`${made} 'C:\\a b'`);
  expect(makeFolderAt(onWindows, "C:\\a b", "posix")).toBe(
    `fairlead run --executor winbox -- powershell.exe -NoProfile -Command '${made} '\\''C:\\a b'\\'''`,
  );
});

test("PowerShell hands the two dashes on only in quotes", () => {
  expect(findProgramAt(onWindows, "npx", "powershell")).toBe(
    "fairlead run --executor winbox '--' where.exe npx",
  );
});
