import { describe, expect, test } from "vitest";
import { openSseWriter } from "./sse-writer.js";
import { until } from "./test-support/open-face.js";
import { serveOne } from "./test-support/serve-one.js";

const message = Buffer.from("{}");

describe("an event stream", () => {
  test("tells of every message that its socket took it", async () => {
    await using served = await serveOne();
    const writer = openSseWriter(served.response, {});
    const told: boolean[] = [];
    writer.write({ message }, (isTaken) => told.push(isTaken));
    writer.write({ id: "1", message: Buffer.alloc(100_000, "x") }, (isTaken) => told.push(isTaken));
    await until(() => told.length === 2);
    expect(told).toEqual([true, true]);
  });

  test("tells, once, of a message written between the end of its connection and the news of it", async () => {
    await using served = await serveOne();
    const writer = openSseWriter(served.response, {});
    const told: string[] = [];
    served.socket.destroy();
    writer.write({ message }, (isTaken) => told.push(`before ${isTaken}`));
    writer.onClosed(() => {
      writer.write({ message }, (isTaken) => told.push(`after ${isTaken}`));
    });
    await until(() => told.length === 2);
    await new Promise(setImmediate);
    expect(told).toEqual(["before false", "after false"]);
    expect(writer.stuckSinceMs).toBeUndefined();
  });

  test("is seen to be stuck where not even a comment gets through", async () => {
    await using served = await serveOne();
    const writer = openSseWriter(served.response, {});
    expect(writer.stuckSinceMs).toBeUndefined();
    served.socket.cork();
    writer.keepAlive();
    expect(writer.stuckSinceMs).toBeGreaterThan(0);
    served.socket.uncork();
    await until(() => writer.stuckSinceMs === undefined);
  });
});
