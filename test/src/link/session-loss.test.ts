import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { connect } from "./support/connected.js";
import { launchReader } from "./support/launch-reader.js";

const lost = { code: "unavailable", reason: "session_lost" };

test.each(["the line was cut for good", "the executor was killed"])(
  "after %s and the TTL has passed everything ends with one typed error",
  async (how) => {
    await using connected = await connect({ detachTtlMs: 1_000 });
    const { session, daemon, proxy } = connected;
    const deaf = await launchReader(session, ["sleep", "600"]);
    const pending = deaf.process.write(Buffer.alloc(16 * 1024 * 1024)).catch((error: unknown) => error);
    const answering = deaf.process.stop({ stdinGraceMs: 60_000 }).catch((error: unknown) => error);
    if (how === "the line was cut for good") {
      proxy?.admit("refuse");
      proxy?.cut();
    } else daemon.kill("SIGKILL");

    const error = await session.lost;
    expect(error).toMatchObject({ ...lost, details: { executor: "far" } });
    expect(error.message).toMatch("The session with executor far was lost");
    expect(session.state).toEqual({ state: "lost", error });
    expect(await pending).toMatchObject(lost);
    expect(await answering).toMatchObject(lost);
    expect(await deaf.process.exited).toEqual({ reason: "session_lost", code: null, signal: null });
    expect(await deaf.process.closed).toEqual({ reason: "session_lost", code: null, signal: null });

    await expect(deaf.process.write(Buffer.from("x"))).rejects.toMatchObject(lost);
    await expect(deaf.process.signal("SIGTERM")).rejects.toBe(error);
    await expect(launchReader(session, ["true"])).rejects.toBe(error);
    await expect(session.describe()).rejects.toBe(error);
    await expect(session.close()).rejects.toBe(error);
    // Nothing is left to be ended by somebody who only wants to be done with it.
    await deaf.process[Symbol.asyncDispose]();
  },
);

test("a lost session is told to the launch under way", async () => {
  await using connected = await connect({ roundTripMs: 400, detachTtlMs: 1_000 });
  const launching = launchReader(connected.session, ["true"]).catch((error: unknown) => error);
  connected.proxy?.admit("refuse");
  connected.proxy?.cut();
  expect(await launching).toMatchObject(lost);
});

test("a session that was closed on purpose is no loss, and refuses what comes later", async () => {
  await using connected = await connect();
  const { session } = connected;
  const child = await launchReader(session, ["cat"]);
  const [report, again] = await Promise.all([session.close(), session.close()]);
  expect(again).toBe(report);
  expect(session.state).toEqual({ state: "closed" });
  expect(await child.process.exited).toMatchObject({ reason: "stopped" });
  await expect(child.process.write(Buffer.from("x"))).rejects.toMatchObject({ code: "unavailable" });
  await expect(launchReader(session, ["true"])).rejects.toMatchObject({ ...lost, effect: "none" });
  expect(await Promise.race([session.lost, Promise.resolve("never")])).toBe("never");
});

test("a launch that is cancelled starts nothing, or ends what it started", async () => {
  await using connected = await connect({ roundTripMs: 200 });
  const { session } = connected;
  const abort = new AbortController();
  const launching = session.launcher.launch(
    { program: "sleep", args: ["600"] },
    { onOutput: () => {}, signal: abort.signal },
  );
  setImmediate(() => abort.abort());
  await expect(launching).rejects.toMatchObject({ code: "canceled" });
  await expect.poll(async () => (await session.describe()).processes, { timeout: 3_000 }).toBe(0);
});

test("a launch that is given up for a reason without effect ends what it had started, and does not say that it had none", async () => {
  await using connected = await connect({ roundTripMs: 200 });
  const folder = await mkdtemp(join(tmpdir(), "fairlead-given-up-"));
  const noted = join(folder, "pid");
  const abort = new AbortController();
  const launching = connected.session.launcher.launch(
    { program: "sh", args: ["-c", `echo $$ > ${noted}; exec sleep 600`] },
    { onOutput: () => {}, signal: abort.signal },
  );
  const stopped = new FairleadError("unavailable", "The server was stopped", { effect: "none" });
  setImmediate(() => abort.abort(stopped));
  await expect(launching).rejects.toMatchObject({ message: stopped.message, effect: "unknown" });
  await expect.poll(() => existsSync(noted) && readFileSync(noted, "utf8")).toMatch(/\n$/);
  const pid = Number(readFileSync(noted, "utf8"));
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 3_000 }).toBe(false);
  await rm(folder, { recursive: true });
});

test("a stop is hurried by a later one with shorter times", async () => {
  await using connected = await connect();
  const deaf = await launchReader(connected.session, ["sh", "-c", "trap '' TERM; echo deaf; sleep 600"]);
  await expect.poll(() => deaf.text).toBe("deaf\n");
  const patient = deaf.process.stop({ stdinGraceMs: 60_000, termGraceMs: 60_000 });
  const hurried = deaf.process.stop({ stdinGraceMs: 0, termGraceMs: 0 });
  expect(await patient).toBe(await hurried);
  expect((await hurried).forced.map(({ pid }) => pid)).toContain(deaf.process.pid);
});

test("stdin that the process closed fails the write with how far it came", async () => {
  await using connected = await connect();
  const child = await launchReader(connected.session, ["sh", "-c", "head -c 10; exec 0<&-; sleep 600"]);
  await child.process.write(Buffer.from("0123456789"));
  await expect.poll(() => child.text).toBe("0123456789");
  const refused: unknown = await child.process
    .write(Buffer.alloc(1024 * 1024))
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "unavailable", reason: "stdin_closed" });
  expect(refused).toMatchObject({ details: { writtenBytes: 10 + 1024 * 1024 } });
});

test("an exit is told with its code or signal, once", async () => {
  await using connected = await connect();
  const { session } = connected;
  const coded = await launchReader(session, ["sh", "-c", "exit 3"]);
  expect(await coded.process.exited).toEqual({ reason: "exited", code: 3, signal: null });
  const shot = await launchReader(session, ["sh", "-c", "kill -USR1 $$"]);
  expect(await shot.process.closed).toEqual({ reason: "exited", code: null, signal: "SIGUSR1" });
  const signalled = await launchReader(session, ["sleep", "600"]);
  await signalled.process.signal("SIGINT");
  expect(await signalled.process.exited).toEqual({ reason: "exited", code: null, signal: "SIGINT" });
  await expect(signalled.process.signal("SIGINT")).rejects.toMatchObject({ code: "not_found" });
  const stopped = await launchReader(session, ["sleep", "600"]);
  const [report, again] = await Promise.all([
    stopped.process.stop({ stdinGraceMs: 0 }),
    stopped.process.stop(),
  ]);
  expect(again).toBe(report);
  expect(await stopped.process.exited).toEqual({ reason: "stopped", code: null, signal: "SIGTERM" });
});

test("the last output comes before the end is told, also when a grandchild holds the pipe", async () => {
  await using connected = await connect();
  const script = "sleep 600 & echo last words; exit 4";
  const startedAtMs = performance.now();
  const child = await launchReader(connected.session, ["sh", "-c", script]);
  expect(await child.process.exited).toMatchObject({ code: 4 });
  expect(await child.process.closed).toMatchObject({ code: 4 });
  expect(child.text).toBe("last words\n");
  expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  expect(await child.process.stop()).toMatchObject({ ended: [{ name: "sleep" }], survived: [] });
});
