import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createStatusLine, type StatusLine } from "./status-line.js";

let written: string;
const open = (isLive: boolean): StatusLine => {
  const write = (text: string | Uint8Array): boolean => {
    written += String(text);
    return true;
  };
  return createStatusLine({ stream: { write, columns: 24 }, isLive });
};
const erase = "\r\u001b[K";

beforeEach(() => {
  written = "";
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what is over at once is never shown", () => {
  const line = open(true);
  {
    using _progress = line.start("Starting files");
    vi.advanceTimersByTime(399);
  }
  vi.advanceTimersByTime(5_000);
  expect(written).toBe("");
  expect(vi.getTimerCount()).toBe(0);
});

test("what takes long is shown, with its seconds, and taken away", () => {
  const line = open(true);
  {
    using progress = line.start("Starting files");
    vi.advanceTimersByTime(400);
    expect(written).toBe(`${erase}Starting files…`);
    progress.update("Reading its long lists of tools");
    vi.advanceTimersByTime(2_000);
    expect(written.split(erase).at(-1)).toBe("Reading its long lists…");
    progress.update("Reading");
    expect(written.split(erase).at(-1)).toBe("Reading… (2 s)");
  }
  expect(written.endsWith(erase)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("makes room for other lines, and comes back", () => {
  const line = open(true);
  using _progress = line.start("Starting");
  vi.advanceTimersByTime(400);
  written = "";
  line.hide();
  line.hide();
  expect(written).toBe(erase);
  vi.advanceTimersByTime(1_000);
  expect(written).toBe(`${erase}${erase}Starting…`);
});

test("where nobody looks nothing is shown", () => {
  using progress = open(false).start("Starting");
  progress.update("Going on");
  vi.advanceTimersByTime(10_000);
  expect([written, vi.getTimerCount()]).toEqual(["", 0]);
});
