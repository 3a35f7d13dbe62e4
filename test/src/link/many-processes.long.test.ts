import { expect, test } from "vitest";
import { connect } from "./support/connected.js";
import { launchReader, type Reader } from "./support/launch-reader.js";

test("100 processes of one session answer each for itself, and end together", async () => {
  await using connected = await connect();
  const { session } = connected;
  const children: Reader[] = [];
  for (let index = 0; index < 100; index += 1) children.push(await launchReader(session, ["cat"]));
  expect(new Set(children.map(({ process }) => process.pid)).size).toBe(100);
  await Promise.all(children.map(({ process }, index) => process.write(Buffer.from(`line ${index}\n`))));
  for (const [index, child] of children.entries())
    await expect.poll(() => child.text).toBe(`line ${index}\n`);
  expect(await session.describe()).toMatchObject({ processes: 100 });
  const report = await session.close();
  expect(report.ended).toHaveLength(100);
  expect(report.survived).toEqual([]);
});

test("the limit of processes is told, and one that was stopped makes room", async () => {
  await using connected = await connect();
  const { session } = connected;
  const { processesPerSession } = session.limits;
  const children: Reader[] = [];
  for (let index = 0; index < processesPerSession; index += 1) {
    children.push(await launchReader(session, ["sleep", "600"]));
  }
  await expect(launchReader(session, ["true"])).rejects.toMatchObject({
    code: "resource_exhausted",
    reason: "limit_reached",
    effect: "none",
  });
  await children[0]?.process.stop({ stdinGraceMs: 0, termGraceMs: 500 });
  const next = await launchReader(session, ["true"]);
  expect(await next.process.closed).toMatchObject({ code: 0 });
});

test("processes that ended by themselves do not count", async () => {
  await using connected = await connect();
  const { session } = connected;
  for (let index = 0; index <= session.limits.processesPerSession; index += 1) {
    const child = await launchReader(session, ["true"]);
    expect(await child.process.closed).toMatchObject({ code: 0 });
  }
});
