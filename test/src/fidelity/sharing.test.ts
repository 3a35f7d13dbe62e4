import type { RawMessage } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenFace, openFace, singleFaces } from "./support/faces.js";
import { ask, play, respond, type ScriptedEnd, type Step, scriptedServer, tell } from "./support/script.js";

const overHttp = singleFaces.filter(({ carrier }) => carrier === "http");
const done = respond("{}");
const notes = [respond(`{"notes":$NOTES}`)];

describe.each(overHttp)("agents that share one server, over $title", (way) => {
  let open: OpenFace;
  let ends: readonly [ScriptedEnd, ScriptedEnd];
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer(), entry: { share: "all" } });
    const other = await open.openAgent();
    ends = [open, { peer: other.peer, toolName: open.toolName }];
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  const count = ({ peer }: ScriptedEnd, matches: (message: RawMessage) => boolean): number =>
    peer.messages.filter(matches).length;
  /** Once both have been answered, what the server said before has come, or never will. */
  const settle = async (): Promise<void> => {
    for (const end of ends) await play(end, [{ pause: 30 }, done]);
  };

  test("equal ids and tokens at the same time do not meet", async () => {
    const progress = (n: number): Step =>
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":${n}}`);
    const options = { id: "same", meta: { progressToken: "same" } };
    const calls = ends.map((end, who) =>
      play(
        end,
        [progress(who * 10 + 1), { pause: 20 }, progress(who * 10 + 2), respond(`{"who":${who}}`)],
        options,
      ),
    );
    expect((await Promise.all(calls)).map(({ result }) => result)).toEqual([{ who: 0 }, { who: 1 }]);
    const seen = ends.map(({ peer }) =>
      peer.messages.flatMap(({ params }) => (params as { progress?: number } | undefined)?.progress ?? []),
    );
    expect(seen).toEqual([
      [1, 2],
      [11, 12],
    ]);
  });

  test("a question goes to the agent whose call is under way", async () => {
    for (const [who, end] of ends.entries()) {
      const call = play<{ answer: string }>(end, [
        ask(
          "elicitation/create",
          `{"mode":"form","message":"for ${who}","requestedSchema":{"type":"object","properties":{}}}`,
        ),
        respond(`{"answer":$ANSWER}`),
      ]);
      const asked = await end.peer.nextMessage(({ method }) => method === "elicitation/create");
      await end.peer.send({ jsonrpc: "2.0", id: asked.id, result: { action: "accept", content: { who } } });
      expect(JSON.parse((await call).result?.answer ?? "").result.content).toEqual({ who });
    }
    expect(ends.map((end) => count(end, ({ method }) => method === "elicitation/create"))).toEqual([1, 1]);
  });

  test("who cancels takes back its own call, not that of another with the same id", async () => {
    const [one, two] = ends;
    const id = "both";
    const steps = [
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":1}`),
      { until: "notifications/cancelled" },
    ];
    const params = { name: one.toolName, arguments: { steps }, _meta: { progressToken: "mine" } };
    await one.peer.send({ jsonrpc: "2.0", id, method: "tools/call", params });
    const theirs = play(two, [{ pause: 300 }, respond(`{"alive":1}`)], { id });
    await one.peer.nextMessage(
      (message) => (message.params as { progressToken?: string } | undefined)?.progressToken === "mine",
    );
    await one.peer.notify("notifications/cancelled", { requestId: id, reason: "only mine" });
    expect((await theirs).result).toEqual({ alive: 1 });
    const { result } = await play<{ notes: string[] }>(two, notes);
    expect(result?.notes.filter((note) => note.includes("notifications/cancelled"))).toHaveLength(1);
  });

  test("each hears of what it subscribed to, and the server is left only by the last", async () => {
    const [one, two] = ends;
    const uri = "shared:thing";
    const updated = tell("notifications/resources/updated", `{"uri":"${uri}"}`);
    const isUpdate = ({ method }: RawMessage): boolean => method === "notifications/resources/updated";
    await one.peer.request("resources/subscribe", { uri });
    await play(one, [updated, done]);
    await one.peer.nextMessage(isUpdate);
    await settle();
    expect(ends.map((end) => count(end, isUpdate))).toEqual([1, 0]);

    await two.peer.request("resources/subscribe", { uri });
    await play(one, [updated, done]);
    await Promise.all(ends.map(({ peer }) => peer.nextMessage(isUpdate)));
    expect(ends.map((end) => count(end, isUpdate))).toEqual([2, 1]);

    await one.peer.request("resources/unsubscribe", { uri });
    await play(one, [updated, done]);
    await two.peer.nextMessage(isUpdate);
    await settle();
    expect(ends.map((end) => count(end, isUpdate))).toEqual([2, 2]);
  });

  test("each gets log messages that belong to no call from the level on that it asked for", async () => {
    const [one, two] = ends;
    await one.peer.request("logging/setLevel", { level: "debug" });
    await two.peer.request("logging/setLevel", { level: "error" });
    const log = (level: string): Step =>
      tell("notifications/message", `{"level":"${level}","data":"${level}"}`);
    const isLog = ({ method }: RawMessage): boolean => method === "notifications/message";
    const isLast = (message: RawMessage): boolean =>
      isLog(message) && (message.params as { level: string }).level === "emergency";
    await play(one, [done, { pause: 50 }, log("debug"), log("info"), log("error"), log("emergency")]);
    await Promise.all(ends.map(({ peer }) => peer.nextMessage(isLast)));
    const levels = ends.map(({ peer }) =>
      peer.messages.filter(isLog).map(({ params }) => (params as { level: string }).level),
    );
    expect(levels).toEqual([
      ["debug", "info", "error", "emergency"],
      ["error", "emergency"],
    ]);
  });

  test("all hear that lists have changed", async () => {
    await play(ends[0], [tell("notifications/tools/list_changed", "{}"), done]);
    const told = ends.map(({ peer }) =>
      peer.nextMessage(({ method }) => method === "notifications/tools/list_changed"),
    );
    expect(await Promise.all(told)).toHaveLength(2);
  });
});
