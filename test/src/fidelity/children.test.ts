import { canCountProcesses } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Agent, allFaces, type OpenFace, openFace, singleFaces } from "./support/faces.js";
import { play, respond, scriptedServer } from "./support/script.js";
import { waitUntilEnded } from "./support/wait-until-ended.js";

const pid = [respond(`{"pid":$PID}`)];
const ours = allFaces.filter(({ place }) => place !== "nowhere");
const overHttp = ours.filter(({ carrier }) => carrier === "http");
const answers = {
  initialize: `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"},"_meta":{"line":$LINE}}`,
};

async function pidOf(open: OpenFace, agent: Agent = open): Promise<number | undefined> {
  return (await play<{ pid: number }>({ ...agent, toolName: open.toolName }, pid)).result?.pid;
}

describe.each(ours)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer({ answers }), entry: { share: "client" } });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test("each agent has a child of its own, whatever they do", async () => {
    const other = await open.openAgent();
    const pids = [await pidOf(open), await pidOf(open, other), await pidOf(open), await pidOf(open, other)];
    expect(pids[2]).toBe(pids[0]);
    expect(pids[3]).toBe(pids[1]);
    expect(new Set(pids).size).toBe(2);
  });

  test("a crash in the middle fails the calls of that child with a named error, and no other", async () => {
    const other = await open.openAgent();
    const theirs = play({ ...other, toolName: open.toolName }, [{ pause: 500 }, respond(`{"alive":1}`)]);
    const waiting = play(open, [{ pause: 60_000 }]);
    const crashed = await play(open, [{ exit: 3 }]);
    expect(crashed.error?.message).toMatch(/srv/);
    expect(crashed.error?.message).toMatch(/exit|ended|code 3/i);
    expect((await waiting).error).toBeDefined();
    expect((await theirs).result).toEqual({ alive: 1 });
  });

  test("after a crash the next call reaches a new child", async () => {
    const before = await callUntilAnswered(open);
    await play(open, [{ exit: 1 }]);
    const after = await callUntilAnswered(open);
    expect(after).not.toBe(before);
  });
});

describe.each(singleFaces.filter(({ place }) => place !== "nowhere"))("over $title", (way) => {
  test("the server of one agent hears who that agent is and what it can do", async () => {
    await using open = await openFace(way, {
      server: scriptedServer({ answers }),
      entry: { share: "client" },
    });
    const clientInfo = { name: "somebody", version: "7", title: "Some Body", vendor: 1 };
    const capabilities = { sampling: { tools: {} }, experimental: { "vendor/x": { a: [1] } }, vendor: {} };
    const agent = await open.openAgent({ clientInfo, capabilities });
    const told = agent.initialized.result?.["_meta"] as { line: string };
    const { params } = JSON.parse(told.line);
    expect(params.clientInfo).toMatchObject({ name: "somebody", version: "7" });
    expect(params.capabilities).toMatchObject({ sampling: { tools: {} } });
    expect(params.capabilities).not.toHaveProperty("elicitation");
    expect(params.capabilities).not.toHaveProperty("roots");
  });
});

describe.each(overHttp)("over $title", (way) => {
  test("agents share one child if the server is shared", async () => {
    await using open = await openFace(way, { server: scriptedServer(), entry: { share: "all" } });
    const other = await open.openAgent();
    expect(await pidOf(open, other)).toBe(await pidOf(open));
  });

  test.skipIf(!canCountProcesses())("the end of a session ends its child, and no other", async () => {
    await using open = await openFace(way, { server: scriptedServer(), entry: { share: "client" } });
    const other = await open.openAgent();
    const [mine, theirs] = [await pidOf(open), await pidOf(open, other)];
    await endSession(open);
    await waitUntilEnded(mine ?? 0);
    expect(await pidOf(open, other)).toBe(theirs);
  });
});

async function endSession({ peer }: Agent): Promise<void> {
  if (!("endSession" in peer)) throw new Error("Only HTTP sessions can be ended");
  const { status } = await (peer as { endSession(): Promise<{ status: number }> }).endSession();
  expect(status).toBeLessThan(300);
}

/** Supervision waits a moment before it starts a server again. */
async function callUntilAnswered(open: OpenFace): Promise<number> {
  const giveUpAtMs = performance.now() + 20_000;
  for (;;) {
    const answered = await pidOf(open);
    if (answered !== undefined) return answered;
    if (performance.now() > giveUpAtMs) throw new Error("The server did not come back");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
