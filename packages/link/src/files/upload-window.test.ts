import { expect, test } from "vitest";
import { UploadWindow } from "./upload-window.js";

function make(windowBytes: number): UploadWindow {
  const window = new UploadWindow();
  window.open(windowBytes, { fileBlockBytes: 1_000, frameMaxBytes: 1_000 });
  return window;
}

test("only so much is under way, in frames of half of it", async () => {
  const window = make(100);
  expect(await window.room()).toBe(50);
  window.sent(50);
  expect(await window.room()).toBe(50);
  window.sent(50);
  let room: number | undefined;
  const waiting = window.room().then((found) => (room = found));
  await Promise.resolve();
  expect(room).toBeUndefined();
  window.taken(30);
  await waiting;
  expect(room).toBe(30);
});

test("a frame carries no more than the executor takes", async () => {
  expect(await make(1_000_000).room()).toBe(1_000);
  expect(await make(1).room()).toBe(1);
});

test("nobody waits once it is over", async () => {
  const window = make(10);
  window.sent(10);
  const waiting = window.room();
  window.stop();
  expect(await waiting).toBe(0);
});

test("more than was sent cannot have been taken", () => {
  expect(() => make(10).taken(1)).toThrow(/1 bytes were taken/);
});
