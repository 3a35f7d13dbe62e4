import { afterEach, describe, expect, test, vi } from "vitest";
import { type Connected, connect } from "../link/support/connected.js";
import { launchReader } from "../link/support/launch-reader.js";

// A process that was told a narrow window kept it for ever once the bulk connection had failed for another process.
test("output goes on where the bulk connection is refused, for whoever asked and for everybody else", async () => {
  await using connected = await connect({});
  const { session, proxy } = connected;
  const script = "read -r line; head -c 300000 /dev/zero";
  const one = await launchReader(session, ["sh", "-c", script]);
  const other = await launchReader(session, ["sh", "-c", script]);
  proxy?.admit("refuse");
  await one.process.write(Buffer.from("go\n"));
  expect(await one.process.closed).toMatchObject({ code: 0 });
  expect(one.receivedBytes).toBe(300_000);
  await other.process.write(Buffer.from("go\n"));
  expect(await other.process.closed).toMatchObject({ code: 0 });
  expect(other.receivedBytes).toBe(300_000);
  expect(session.state).toEqual({ state: "connected", epoch: 1 });
});

test("input goes on where the bulk connection is refused", async () => {
  await using connected = await connect({});
  const { session, proxy } = connected;
  const child = await launchReader(session, ["wc", "-c"]);
  proxy?.admit("refuse");
  await child.process.write(Buffer.alloc(1_000_000));
  await child.process.closeStdin();
  await child.process.closed;
  expect(child.text.trim()).toBe("1000000");
});

// Such a process carried everything over the control connection for good, where everybody else waited behind it.
describe("the bulk connection is taken again once it can be had", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Lets the time pass in which no other bulk connection is tried; less than the heartbeats of a lease may be missing. */
  function skipPause(): void {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + 10_500);
  }

  /** What came over another connection than the first. */
  function bulkBytes({ proxy }: Connected): number {
    const [, ...others] = proxy?.connections ?? [];
    return others.reduce((sum, { bytesFromTarget }) => sum + bytesFromTarget, 0);
  }

  test("by a process that was quiet meanwhile", async () => {
    await using connected = await connect({});
    const { session, proxy } = connected;
    const script = "while read -r count; do head -c $count /dev/zero; done";
    const child = await launchReader(session, ["sh", "-c", script], { held: true });
    proxy?.admit("refuse");
    await child.process.write(Buffer.from("300000\n"));
    // Without credit so much can only come through the whole window.
    await expect.poll(() => child.receivedBytes).toBe(300_000);
    child.release();
    proxy?.admit("carry");
    skipPause();
    // Until the bulk connection is up, the output goes on over the other one; a busy machine needs longer for it.
    for (let bytes = 600_000; bulkBytes(connected) < 100_000; bytes += 300_000) {
      await child.process.write(Buffer.from("300000\n"));
      await expect.poll(() => child.receivedBytes).toBe(bytes);
    }
    expect(session.state).toEqual({ state: "connected", epoch: 1 });
  });

  test("by a process that writes without a pause", async () => {
    await using connected = await connect({});
    const { session, proxy } = connected;
    proxy?.admit("refuse");
    const child = await launchReader(session, ["cat", "/dev/zero"], { held: true });
    await expect.poll(() => child.receivedBytes).toBeGreaterThan(1_000_000);
    expect(proxy?.connections.length).toBe(1);
    proxy?.admit("carry");
    child.release();
    skipPause();
    await expect.poll(() => bulkBytes(connected)).toBeGreaterThan(4_000_000);
    expect(session.state).toEqual({ state: "connected", epoch: 1 });
  });
});
