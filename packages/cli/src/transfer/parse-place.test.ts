import { expect, test } from "vitest";
import { splitPlace } from "./parse-place.js";

test.each<[text: string, isWindows: boolean, executor: string | undefined, path: string]>([
  ["notes.txt", false, undefined, "notes.txt"],
  ["./a:b", false, undefined, "./a:b"],
  ["/srv/a:b", false, undefined, "/srv/a:b"],
  ["devbox:", false, "devbox", ""],
  ["devbox:notes.txt", false, "devbox", "notes.txt"],
  ["win:C:\\Users\\me", false, "win", "C:\\Users\\me"],
  ["c:notes.txt", false, "c", "notes.txt"],
  ["C:\\notes.txt", true, undefined, "C:\\notes.txt"],
  ["local:a\nb", false, "local", "a\nb"],
])("%j is read with the executor apart (on Windows: %s)", (text, isWindows, executor, path) => {
  expect(splitPlace(text, isWindows)).toEqual({ executor, path });
});
