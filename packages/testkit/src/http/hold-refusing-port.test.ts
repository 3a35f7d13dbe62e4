import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { holdRefusingPort } from "./hold-refusing-port.js";

test("a held port refuses connections, and goes on doing so", async () => {
  await using held = await holdRefusingPort();
  for (let tries = 0; tries < 3; tries += 1) {
    const [error] = await once(connect(held.port, "127.0.0.1"), "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  }
});

test("nobody is given the number of a held port", async () => {
  const held = await Promise.all(Array.from({ length: 50 }, holdRefusingPort));
  expect(new Set(held.map(({ port }) => port)).size).toBe(50);
  for (const port of held) await port[Symbol.asyncDispose]();
});
