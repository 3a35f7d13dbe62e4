import { hasPty } from "@fairlead/machine";
import {
  canCountProcesses,
  createMarker,
  processesWithMarker,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { openHost } from "./support/open-host.js";

const canOpenTerminals = await hasPty();

describe.skipIf(!canCountProcesses())("programs on this machine", () => {
  test("that have ended are stopped when they make room, with what they left running", async () => {
    await using host = openHost();
    const { sessions } = host.control;
    const marker = createMarker();
    const env = { FAIRLEAD_TEST_MARKER: marker };
    const script = "sleep 600 >/dev/null 2>&1 </dev/null &";
    const { sessionId } = await sessions.create({ program: "sh", args: ["-c", script], env });
    const hasEnded = (): boolean => sessions.list().every(({ exit }) => exit !== null);
    await waitUntil(hasEnded, { withinMs: 10_000, what: "The end of the shell" });
    expect(processesWithMarker(marker)).toHaveLength(1);
    for (let index = 0; index < 64; index += 1) await sessions.create({ program: "true" });
    expect(sessions.list().map((session) => session.sessionId)).not.toContain(sessionId);
    await waitUntilGone(marker, { withinMs: 5_000 });
  });

  test.skipIf(!canOpenTerminals)("in a terminal are interrupted though they read no input", async () => {
    await using host = openHost();
    const { sessions } = host.control;
    const pty = { columns: 80, rows: 24 };
    const { sessionId } = await sessions.create({ program: "sleep", args: ["600"], pty });
    const told = sessions.listen(sessionId);
    const sending = sessions.send({ sessionId, data: `${"x".repeat(99)}\n`.repeat(2_000) });
    const failure = sending.catch((thrown: unknown) => thrown);
    await sessions.interrupt(sessionId);
    for await (const message of told) {
      if (message.type !== "event" || message.event.type !== "exit") continue;
      expect(message.event).toMatchObject({ signal: "SIGINT" });
      break;
    }
    expect(await failure).toMatchObject({ reason: "stdin_closed" });
  });

  test("that write without end are stopped without more waiting for a stream that nobody reads", async () => {
    await using host = openHost();
    const { sessions } = host.control;
    const script = "trap '' TERM; while :; do head -c 1000000 /dev/zero; done";
    const { sessionId } = await sessions.create({ program: "sh", args: ["-c", script] });
    const told = sessions.listen(sessionId);
    const report = await sessions.stop(sessionId);
    expect(report.survived).toEqual([]);
    let waitingBytes = 0;
    for await (const message of told) {
      if (message.type !== "event" || message.event.type !== "output") continue;
      waitingBytes += message.event.data?.length ?? message.event.dataBase64?.length ?? 0;
    }
    expect(waitingBytes).toBeLessThan(4 * 1024 * 1024);
  });
});
