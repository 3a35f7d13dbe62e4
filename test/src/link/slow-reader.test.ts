import { waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { connect } from "./support/connected.js";
import { launchReader } from "./support/launch-reader.js";
import { seededBytes, sha256 } from "./support/random-bytes.js";

const mebibyte = 1024 * 1024;
const windowBytes = 4 * mebibyte;

test("a reader that gives no credit gets the window and no more, delays nobody, and loses nothing", async () => {
  await using connected = await connect();
  const { session, scene } = connected;
  const bytes = seededBytes(16 * mebibyte, 3);
  const file = await scene.folder.write("large", bytes);
  const slow = await launchReader(session, ["cat", file], { held: true });
  await waitUntil(() => slow.receivedBytes >= windowBytes - mebibyte, {
    withinMs: 5_000,
    what: "a full window",
  });

  const echo = await launchReader(session, ["cat"]);
  const roundTripsMs: number[] = [];
  for (let round = 1; round <= 50; round += 1) {
    const startedAtMs = performance.now();
    await echo.process.write(Buffer.from("x"));
    await waitUntil(() => echo.receivedBytes === round, { withinMs: 5_000, what: "the echo" });
    roundTripsMs.push(performance.now() - startedAtMs);
  }
  expect(roundTripsMs.toSorted((one, other) => one - other).at(25)).toBeLessThan(100);
  // What the executor reads ahead in one go may lie on top of the window.
  expect(slow.receivedBytes).toBeLessThan(windowBytes + mebibyte);

  slow.release();
  expect(await slow.process.closed).toMatchObject({ code: 0 });
  expect(slow.receivedBytes).toBe(bytes.length);
  expect(slow.digest()).toBe(sha256(bytes));
});

test("a smaller window holds the process back earlier", async () => {
  await using connected = await connect();
  const slow = await launchReader(connected.session, ["sh", "-c", "yes | head -c 8000000"], {
    held: true,
    outputWindowBytes: 64 * 1024,
  });
  await waitUntil(() => slow.receivedBytes >= 64 * 1024, { withinMs: 5_000, what: "a full window" });
  const echo = await launchReader(connected.session, ["echo", "here"]);
  await echo.process.closed;
  expect(slow.receivedBytes).toBeLessThan(256 * 1024);
  slow.release();
  await slow.process.closed;
  expect(slow.receivedBytes).toBe(8_000_000);
});

test("stderr is not held back by an unread stdout", async () => {
  await using connected = await connect();
  const child = await launchReader(connected.session, ["sh", "-c", "echo first >&2; yes | head -c 8000000"], {
    held: true,
    outputWindowBytes: 64 * 1024,
  });
  await waitUntil(() => child.stderr === "first\n" && child.receivedBytes > 0, {
    withinMs: 5_000,
    what: "the first line of stderr",
  });
  child.release();
  await child.process.closed;
  expect(child.receivedBytes).toBe(8_000_000);
});

test("a process that reads nothing holds back its writer only", async () => {
  await using connected = await connect();
  const deaf = await launchReader(connected.session, ["sleep", "600"]);
  const written = deaf.process.write(Buffer.alloc(16 * mebibyte)).then(
    () => "taken",
    (error: unknown) => error,
  );
  const echo = await launchReader(connected.session, ["cat"]);
  await echo.process.write(Buffer.from("quick\n"));
  await waitUntil(() => echo.text === "quick\n", { withinMs: 2_000, what: "the echo" });
  const report = await deaf.process.stop({ stdinGraceMs: 0, termGraceMs: 500 });
  expect(report.survived).toEqual([]);
  expect(await written).toMatchObject({ code: "unavailable", reason: "stdin_closed" });
});
