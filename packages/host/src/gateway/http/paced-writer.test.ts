import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createPacedWriter, isBehind } from "./paced-writer.js";
import { serveOne } from "./test-support/serve-one.js";

test("a response gets everything in order, and its socket little at once however slow the reader", async () => {
  await using served = await serveOne();
  const { response, answer } = served;
  response.writeHead(200);
  const paced = createPacedWriter(response);
  const parts = [10, 20_000_000, 300_000, 5, 262_144, 0, 7].map((bytes, at) => Buffer.alloc(bytes, `${at}`));
  const told: number[] = [];
  parts.forEach((part, at) => {
    paced.write(part, () => told.push(at));
  });
  paced.end();
  const come = await answer;
  // With what belongs to the pieces beside their bytes.
  expect(response.writableLength).toBeLessThan(300_000);
  expect(told).not.toContain(1);
  expect(response.writableEnded).toBe(false);
  expect(isBehind(response)).toBe(true);
  const whole = Buffer.concat(parts);
  expect((await buffer(come)).equals(whole)).toBe(true);
  expect(told).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(isBehind(response)).toBe(false);
});

test("what waits behind what the socket has just taken is not forgotten", async () => {
  await using served = await serveOne();
  served.response.writeHead(200);
  const paced = createPacedWriter(served.response);
  for (let count = 0; count < 4; count += 1) paced.write(Buffer.alloc(100_000));
  // The system took the first ones at once, and is asked to take more only when it has told so.
  expect(isBehind(served.response)).toBe(true);
  paced.end();
  expect((await buffer(await served.answer)).length).toBe(400_000);
});

test("a connection that breaks amid of it lets go of what waits", async () => {
  await using served = await serveOne();
  const paced = createPacedWriter(served.response);
  const told: string[] = [];
  paced.write(Buffer.alloc(20_000_000), () => told.push("large"));
  paced.write(Buffer.from("small"), () => told.push("small"));
  paced.end();
  const closed = new Promise((resolve) => served.response.on("close", resolve));
  served.socket.destroy();
  await closed;
  expect(told).toEqual([]);
});
