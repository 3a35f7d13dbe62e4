import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type PeerWatchOptions, startPeerWatch } from "./peer-watch.js";

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ["setInterval", "setTimeout", "clearInterval", "clearTimeout", "performance"],
    }),
);
afterEach(() => void vi.useRealTimers());

function options(onSilent: (silentMs: number) => void, onBeat = (): void => {}): PeerWatchOptions {
  return { heartbeatMs: 100, heartbeatsMissed: 3, onBeat, onSilent };
}

test("sends a heartbeat in every interval", () => {
  const onBeat = vi.fn<() => void>(() => watch.heard());
  const watch = startPeerWatch(options(() => {}, onBeat));
  vi.advanceTimersByTime(550);
  expect(onBeat).toHaveBeenCalledTimes(5);
  watch.stop();
});

test("gives a silent peer up once, after a second look", () => {
  const onSilent = vi.fn<(silentMs: number) => void>();
  startPeerWatch(options(onSilent));
  vi.advanceTimersByTime(400);
  expect(onSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(50);
  expect(onSilent).toHaveBeenCalledExactlyOnceWith(450);
  vi.advanceTimersByTime(2_000);
  expect(onSilent).toHaveBeenCalledTimes(1);
});

test("keeps a peer that is heard between the two looks", () => {
  const onSilent = vi.fn<(silentMs: number) => void>();
  const watch = startPeerWatch(options(onSilent));
  vi.advanceTimersByTime(420);
  watch.heard();
  vi.advanceTimersByTime(100);
  expect(onSilent).not.toHaveBeenCalled();
  watch.stop();
});

test("gives the peer the whole time again after we were suspended ourselves", () => {
  const onSilent = vi.fn<(silentMs: number) => void>();
  const watch = startPeerWatch(options(onSilent));
  vi.advanceTimersByTime(100);
  // The clock runs on while no timer fires: what a stopped process sees when it continues.
  vi.setSystemTime(Date.now() + 10_000);
  const realNow = performance.now.bind(performance);
  const jump = vi.spyOn(performance, "now").mockImplementation(() => realNow() + 10_000);
  vi.advanceTimersByTime(350);
  expect(onSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(onSilent).toHaveBeenCalledTimes(1);
  jump.mockRestore();
  watch.stop();
});

test("calls nothing once it was stopped", () => {
  const onSilent = vi.fn<(silentMs: number) => void>();
  const onBeat = vi.fn<() => void>();
  startPeerWatch(options(onSilent, onBeat)).stop();
  vi.advanceTimersByTime(5_000);
  expect(onSilent).not.toHaveBeenCalled();
  expect(onBeat).not.toHaveBeenCalled();
});
