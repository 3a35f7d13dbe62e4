import { expect, test } from "vitest";
import { tar } from "./tar.js";

test("an archive has a header and whole blocks for each file, and two empty ones at its end", () => {
  const archive = tar(
    [
      { name: "a/b.txt", content: "hello" },
      { name: "empty", content: "" },
    ],
    1_700_000_000_000,
  );
  expect(archive.length).toBe(512 * 5);
  expect(archive.toString("latin1", 0, 7)).toBe("a/b.txt");
  expect(archive.toString("latin1", 124, 135)).toBe("00000000005");
  expect(archive.toString("latin1", 257, 263)).toBe("ustar\0");
  expect(archive.toString("latin1", 512, 517)).toBe("hello");
  const sum = Number.parseInt(archive.toString("latin1", 148, 154), 8);
  const blank = Buffer.from(archive.subarray(0, 512)).fill(" ", 148, 156);
  expect(sum).toBe(blank.reduce((total, byte) => total + byte, 0));
  expect(archive.subarray(-1024).every((byte) => byte === 0)).toBe(true);
});

test("a name that does not fit is refused", () => {
  expect(() => tar([{ name: "x".repeat(101), content: "" }], 0)).toThrow("too long");
});
