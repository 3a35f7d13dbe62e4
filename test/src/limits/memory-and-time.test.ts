import { createId } from "@fairlead/core";
import { processesWithMarker, waitUntilGone } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { detailOf, openRaw, unary } from "../failures/support/raw-executor.js";
import { startBystander, startLimited } from "./support/limited-executor.js";

test("as many answers as the limit says are remembered; an older call is not done twice all the same", async () => {
  await using limited = await startLimited({ rememberedAnswers: 3 });
  const { raw } = limited;
  const bystander = await startBystander(limited);
  const session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
  const start = (name: string): Promise<{ readonly pid: number }> => {
    const request = {
      opId: `o-${name}`,
      processId: `p-${name}`,
      program: "/bin/sh",
      args: ["-c", "read -r l"],
    };
    return unary((done) => raw.process.start(request, raw.metadata(session.ref), done));
  };
  const first = await start("a");
  await start("b");
  await start("c");
  expect(await start("a")).toEqual(first);
  await start("d");
  // One answer too many: the oldest is forgotten, but its process id still is not given twice.
  const failure = await start("a").then(
    () => Promise.reject(new Error("It was done twice")),
    (error: unknown) => detailOf(error),
  );
  expect(failure).toMatchObject({ code: "already_exists", reason: "id_reused", effect: "none" });
  expect((await start("d")).pid).toBeGreaterThan(0);
  const { processes } = await unary<{ processes: readonly unknown[] }>((done) =>
    raw.process.list({}, raw.metadata(session.ref), done),
  );
  expect(processes).toHaveLength(4);
  await bystander.echo("still here");
});

test.each([
  ["exactly the limit", 1_500, 1_500],
  ["less", 1_499, 1_499],
  ["more", 1_501, 1_500],
  ["nearly nothing", 1, 1_000],
])("a client that wishes %s for its session without it", async (_, wishedMs, grantedMs) => {
  await using limited = await startLimited({ detachTtlMaxMs: 1_500 });
  await using session = await limited.open(wishedMs);
  expect(session.grantedDetachTtlMs).toBe(grantedMs);
});

test("a session without its client lives as long as the limit lets it, and others live on", async () => {
  await using limited = await startLimited({ detachTtlMaxMs: 1_200 });
  const { raw, marker } = limited;
  const bystander = await startBystander(limited);
  const session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
  expect(session.opened.grantedDetachTtlMs).toBe(1_200);
  const own = `${marker}-own`;
  const request = {
    opId: createId("o"),
    processId: "p",
    program: "/bin/sh",
    args: ["-c", "while :; do sleep 1; done", own],
    environment: { set: { MARKER: marker } },
  };
  const startedAtMs = performance.now();
  await unary((done) => raw.process.start(request, raw.metadata(session.ref), done));
  expect(processesWithMarker(own).length).toBeGreaterThan(0);
  await waitUntilGone(own, { withinMs: 5_000 });
  // Neither the stop ladder's pauses nor a slow machine may make it shorter.
  expect(performance.now() - startedAtMs).toBeGreaterThan(1_100);
  await bystander.echo("still here");
});
