import { hasPty } from "@fairlead/machine";
import { canCountProcesses, processesWithMarker, waitUntil, waitUntilGone } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlEnd, hasOutput, nextTold, openControlEnd } from "./support/control-end.js";

const canOpenTerminals = await hasPty();

let end: ControlEnd;
beforeAll(async () => {
  end = await openControlEnd();
}, 30_000);
afterAll(async () => end[Symbol.asyncDispose]());

/** Starts a program that carries the marker. @returns its session */
async function create(params: object, to: ControlEnd = end): Promise<{ sessionId: string; pid: number }> {
  const env = { FAIRLEAD_TEST_MARKER: to.home.marker };
  const { result, error } = await to.peer.request("fairlead/sessions/create", { env, ...params });
  expect(error).toBeUndefined();
  return result as { sessionId: string; pid: number };
}

/** Replaces what differs from run to run. */
function pinned(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/cs_[0-9a-f]{32}/g, "cs_…")
    .replaceAll(/"(pid|startedAtMs|sinceMs)":\d+/g, '"$1":0');
  return JSON.parse(text) as unknown;
}

test("the capability is announced", () => {
  expect(end.capabilities).toMatchObject({ experimental: { "fairlead/control": {} } });
});

test("the shapes of a whole session on the wire", async () => {
  const { peer } = end;
  const { sessionId } = await create({
    program: "sh",
    args: ["-c", "printf 'a\\377'; read x; echo got $x; exit 3"],
  });
  const is = (type: string) => (told: { type: string }) => told.type === type;
  await peer.request("fairlead/sessions/addListener", { sessionId }, { id: "listen-1" });
  const state = await nextTold(peer, sessionId, is("initialState"));
  expect(pinned({ ...state, output: [], offset: 0 })).toMatchInlineSnapshot(`
    {
      "_meta": {
        "requestId": "listen-1",
        "sessionId": "cs_…",
      },
      "offset": 0,
      "output": [],
      "session": {
        "executor": "local",
        "exit": null,
        "isOwn": true,
        "isTerminal": false,
        "keep": false,
        "pid": 0,
        "program": "sh",
        "sessionId": "cs_…",
        "startedAtMs": 0,
      },
      "type": "initialState",
    }
  `);
  const sent = await peer.request("fairlead/sessions/send", { sessionId, data: "it\n" });
  expect(sent.result).toMatchInlineSnapshot(`
    {
      "writtenBytes": 3,
    }
  `);
  expect(pinned(await nextTold(peer, sessionId, hasOutput("got it")))).toMatchInlineSnapshot(`
    {
      "_meta": {
        "requestId": "listen-1",
        "sessionId": "cs_…",
      },
      "event": {
        "data": "got it
    ",
        "offset": 2,
        "stream": "stdout",
        "type": "output",
      },
      "type": "event",
    }
  `);
  const ended = await nextTold(peer, sessionId, ({ event }) => event?.type === "exit");
  expect(pinned(ended)).toMatchInlineSnapshot(`
    {
      "_meta": {
        "requestId": "listen-1",
        "sessionId": "cs_…",
      },
      "event": {
        "code": 3,
        "reason": "exited",
        "signal": null,
        "type": "exit",
      },
      "type": "event",
    }
  `);
  const failed = await peer.request("fairlead/sessions/send", { sessionId, data: "late" });
  expect(failed.error).toMatchObject({ data: { fairlead: { code: "unavailable" } } });
  const { result: list } = await peer.request("fairlead/sessions/list");
  expect(pinned(list)).toMatchInlineSnapshot(`
    {
      "sessions": [
        {
          "executor": "local",
          "exit": {
            "code": 3,
            "reason": "exited",
            "signal": null,
          },
          "isOwn": true,
          "isTerminal": false,
          "keep": false,
          "pid": 0,
          "program": "sh",
          "sessionId": "cs_…",
          "startedAtMs": 0,
        },
      ],
    }
  `);
  // Whoever comes late sees what was, bytes that are no text among it.
  await peer.request("fairlead/sessions/addListener", { sessionId }, { id: "listen-2" });
  const late = await nextTold(peer, sessionId, ({ _meta }) => _meta.requestId === "listen-2");
  expect(pinned(late)).toMatchInlineSnapshot(`
    {
      "_meta": {
        "requestId": "listen-2",
        "sessionId": "cs_…",
      },
      "offset": 0,
      "output": [
        {
          "dataBase64": "Yf9nb3QgaXQK",
          "offset": 0,
          "stream": "stdout",
        },
      ],
      "session": {
        "executor": "local",
        "exit": {
          "code": 3,
          "reason": "exited",
          "signal": null,
        },
        "isOwn": true,
        "isTerminal": false,
        "keep": false,
        "pid": 0,
        "program": "sh",
        "sessionId": "cs_…",
        "startedAtMs": 0,
      },
      "type": "initialState",
    }
  `);
  await peer.request("fairlead/sessions/removeListener", { sessionId, requestId: "listen-2" });
  expect(pinned(await nextTold(peer, sessionId, is("cancelled")))).toMatchInlineSnapshot(`
    {
      "_meta": {
        "requestId": "listen-2",
        "sessionId": "cs_…",
      },
      "reason": "removed",
      "type": "cancelled",
    }
  `);
  const stopped = await peer.request("fairlead/sessions/stop", { sessionId });
  expect(pinned(stopped.result)).toMatchInlineSnapshot(`
    {
      "blindSpots": [],
      "ended": [],
      "forced": [],
      "survived": [],
    }
  `);
  expect(pinned(await nextTold(peer, sessionId, is("cancelled")))).toMatchInlineSnapshot(`
    {
      "_meta": {
        "requestId": "listen-1",
        "sessionId": "cs_…",
      },
      "reason": "stopped",
      "type": "cancelled",
    }
  `);
  const gone = await peer.request("fairlead/sessions/stop", { sessionId });
  expect(pinned(gone.error)).toMatchInlineSnapshot(`
    {
      "code": -32602,
      "data": {
        "fairlead": {
          "code": "not_found",
          "details": {
            "reason": "session_unknown",
            "sessionId": "cs_…",
          },
        },
      },
      "message": "There is no session cs_…: create one, or list them",
    }
  `);
  const malformed = await peer.request("fairlead/sessions/stop", { sessionId: "7" });
  expect(malformed.error).toMatchInlineSnapshot(`
    {
      "code": -32602,
      "data": {
        "fairlead": {
          "code": "usage",
          "details": {
            "member": "params.sessionId",
            "method": "fairlead/sessions/stop",
            "reason": "argument_invalid",
          },
        },
      },
      "message": "fairlead/sessions/stop: params.sessionId: is not the id of a session: cs_ and 32 hex digits",
    }
  `);
});

describe.each(["local", "far"])("on the executor %s", (executor) => {
  test("an interrupt reaches a program with pipes, and input is closed", async () => {
    const { peer } = end;
    const script = "trap 'echo interrupted' INT; echo up; while ! read x; do :; done; cat; echo over";
    const { sessionId } = await create({ executor, program: "sh", args: ["-c", script] });
    await peer.request("fairlead/sessions/addListener", { sessionId });
    await nextTold(peer, sessionId, (told) => JSON.stringify(told).includes("up"));
    expect((await peer.request("fairlead/sessions/interrupt", { sessionId })).result).toEqual({});
    await nextTold(peer, sessionId, hasOutput("interrupted"));
    const dataBase64 = Buffer.from("go\nrest").toString("base64");
    await peer.request("fairlead/sessions/send", { sessionId, dataBase64, closeInput: true });
    await nextTold(peer, sessionId, hasOutput("rest"));
    await nextTold(peer, sessionId, ({ event }) => event?.type === "exit");
    await peer.request("fairlead/sessions/stop", { sessionId });
  });

  test.skipIf(!canOpenTerminals)("in a terminal Ctrl-C ends the foreground job only", async () => {
    const { peer } = end;
    const pty = { columns: 80, rows: 24 };
    const { sessionId } = await create({ executor, program: "sh", args: ["-i"], pty });
    await peer.request("fairlead/sessions/addListener", { sessionId });
    await peer.request("fairlead/sessions/send", { sessionId, data: "stty size; echo re''ady; sleep 600\n" });
    await nextTold(peer, sessionId, (told) => JSON.stringify(told).includes("24 80"));
    const isAsleep = () =>
      processesWithMarker(end.home.marker).find(({ cmdline }) => cmdline.join(" ") === "sleep 600");
    await waitUntil(isAsleep, { withinMs: 5_000, what: () => "The programs" });
    await peer.request("fairlead/sessions/interrupt", { sessionId });
    await waitUntil(() => isAsleep() === undefined || undefined, {
      withinMs: 5_000,
      what: () => "The programs",
    });
    await peer.request("fairlead/sessions/send", { sessionId, data: "echo still h''ere\n" });
    await nextTold(peer, sessionId, hasOutput("still here"));
    const { result } = await peer.request("fairlead/sessions/stop", { sessionId });
    expect(result).toMatchObject({ survived: [] });
  });

  test("a program that cannot be started is refused by name, and nothing is left of it", async () => {
    const { error } = await end.peer.request("fairlead/sessions/create", {
      executor,
      program: "/nowhere/at-all",
    });
    expect(error).toMatchObject({
      data: { fairlead: { code: "not_found", details: { reason: "program_not_found" } } },
    });
  });
});

test("an executor that there is not is told so", async () => {
  const { error } = await end.peer.request("fairlead/sessions/create", { executor: "nope", program: "sh" });
  expect(error).toMatchObject({ data: { fairlead: { details: { reason: "executor_unknown" } } } });
});

test.skipIf(!canCountProcesses())(
  "with the host's end every program is gone, also what ignores signals and what was to be kept",
  async () => {
    await using other = await openControlEnd();
    const stubborn = ["-c", "trap '' TERM INT HUP; echo up; while :; do sleep 600; done"];
    for (const executor of ["local", "far"]) {
      await create({ executor, program: "sh", args: stubborn }, other);
      await create({ executor, program: "sh", args: stubborn, keep: true }, other);
    }
    const { marker } = other.home;
    const shells = () =>
      processesWithMarker(marker).filter(({ cmdline }) => cmdline.includes(stubborn[1] ?? ""));
    await waitUntil(() => shells().length === 4 || undefined, {
      withinMs: 5_000,
      what: () => "The programs",
    });
    const client = other.peer as unknown as { closeStdin(): void; exited: Promise<unknown> };
    const startedAtMs = performance.now();
    client.closeStdin();
    expect(await client.exited).toMatchObject({ code: 0 });
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    await waitUntilGone(marker, { withinMs: 8_000 });
  },
);
