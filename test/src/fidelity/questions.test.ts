import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectMember, expectText } from "./support/expect-text.js";
import { type Agent, allFaces, type OpenFace, openFace } from "./support/faces.js";
import { ask, play, respond, scriptedServer } from "./support/script.js";

interface Question {
  readonly title: string;
  readonly method: string;
  readonly params: string;
  /** What the agent answers; a text, so that its order and spelling can be seen. */
  readonly answer: string;
}

const form = `{"mode":"form","message":"Who \\u00e9?","requestedSchema":{"type":"object","properties":{"n":{"type":"number","default":1.50,"vendor":{}}},"required":[]},"vendor":{"a":[null]},"_meta":{"b/c":1}}`;
const questions: readonly Question[] = [
  {
    title: "a form",
    method: "elicitation/create",
    params: form,
    answer: `{"action":"accept","content":{"n":2.50,"odd":[1]},"vendor":{"x":null},"_meta":{"y":0}}`,
  },
  {
    title: "a form that is declined",
    method: "elicitation/create",
    params: form,
    answer: `{"action":"decline"}`,
  },
  {
    title: "a form that is cancelled",
    method: "elicitation/create",
    params: form,
    answer: `{"action":"cancel","decision":"abort"}`,
  },
  {
    title: "a form of older revisions",
    method: "elicitation/create",
    params: `{"message":"m","requestedSchema":{"type":"object","properties":{}}}`,
    answer: `{"action":"accept","content":{}}`,
  },
  {
    title: "a URL to visit",
    method: "elicitation/create",
    params: `{"mode":"url","message":"Go","url":"https://example.org/?a=b","elicitationId":"e-1","vendor":1}`,
    answer: `{"action":"accept"}`,
  },
  {
    title: "a text of the model",
    method: "sampling/createMessage",
    params: `{"messages":[{"role":"user","content":{"type":"text","text":"hi","vendor":1}}],"maxTokens":100,"temperature":0.10,"includeContext":"none","tools":[{"name":"t","inputSchema":{}}],"vendor":{}}`,
    answer: `{"role":"assistant","content":[{"type":"text","text":"h\\u00e9"},{"type":"vendor/x"}],"model":"m","stopReason":"odd","usage":{"n":1.0}}`,
  },
  {
    title: "the roots",
    method: "roots/list",
    params: `{"_meta":{"a":1}}`,
    answer: `{"roots":[{"uri":"file:///a","name":"A","vendor":true}],"_meta":{}}`,
  },
  {
    title: "something that nobody knows",
    method: "vendor/ask",
    params: `{"a":[1,null],"":"x"}`,
    answer: `{"whatever":[1.0]}`,
  },
];

describe.each(allFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer() });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test.each(questions)("the server asks for $title", async ({ method, params, answer }) => {
    const call = play<{ answer: string }>(open, [ask(method, params), respond(`{"answer":$ANSWER}`)]);
    const asked = await open.peer.nextMessage((message) => message.method === method);
    expectText(open, asked, ["params", params]);
    await open.peer.sendText(`{"jsonrpc":"2.0","id":${JSON.stringify(asked.id)},"result":${answer}}`);
    expectMember(way, (await call).result?.answer ?? "", ["result", answer]);
  });

  test("an error is an answer too", async () => {
    const error = `{"code":-32123,"message":"No \\u00e9","data":{"why":[null]},"vendor":1}`;
    const call = play<{ answer: string }>(open, [
      ask("elicitation/create", form),
      respond(`{"answer":$ANSWER}`),
    ]);
    const asked = await open.peer.nextMessage(({ method }) => method === "elicitation/create");
    await open.peer.sendText(`{"jsonrpc":"2.0","id":${JSON.stringify(asked.id)},"error":${error}}`);
    const arrived = JSON.parse((await call).result?.answer ?? "");
    expect(arrived.error).toEqual(JSON.parse(error));
  });

  test("two questions of one call may be answered in any order", async () => {
    const question = (id: string): string =>
      `{"jsonrpc":"2.0","id":${id},"method":"elicitation/create","params":{"mode":"form","message":"q${id.replaceAll('"', "")}","requestedSchema":{"type":"object","properties":{}}}}`;
    const call = play<{ answer: string }>(open, [
      { send: question(`"first"`) },
      { ask: question("2") },
      respond(`{"answer":$ANSWER}`),
    ]);
    const first = await open.peer.nextMessage(
      ({ params }) => (params as { message?: string } | undefined)?.message === "qfirst",
    );
    const second = await open.peer.nextMessage(
      ({ params }) => (params as { message?: string } | undefined)?.message === "q2",
    );
    expect(second.id).not.toBe(first.id);
    await open.peer.send({
      jsonrpc: "2.0",
      id: first.id,
      result: { action: "accept", content: { for: "first" } },
    });
    await open.peer.send({
      jsonrpc: "2.0",
      id: second.id,
      result: { action: "accept", content: { for: "second" } },
    });
    const arrived = JSON.parse((await call).result?.answer ?? "");
    expect(arrived).toMatchObject({ id: 2, result: { content: { for: "second" } } });
  });

  test("news about a URL that was visited arrive", async () => {
    const send = `{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{"elicitationId":"e-1","vendor":1}}`;
    await play(open, [{ send }, respond("{}")]);
    const told = await open.peer.nextMessage(({ method }) => method === "notifications/elicitation/complete");
    expect(told.params).toEqual({ elicitationId: "e-1", vendor: 1 });
  });

  test("a ping of the server is answered", async () => {
    const answered = play<{ answer: string }>(open, [
      { ask: `{"jsonrpc":"2.0","id":$OWN,"method":"ping"}` },
      respond(`{"answer":$ANSWER}`),
    ]);
    const ended = answered.then(() => undefined);
    const asked = await Promise.race([open.peer.nextMessage(({ method }) => method === "ping"), ended]).catch(
      () => undefined,
    );
    if (asked !== undefined) await open.peer.send({ jsonrpc: "2.0", id: asked.id, result: {} });
    expect(JSON.parse((await answered).result?.answer ?? "").result).toEqual({});
  });

  test("the answers of two agents do not cross", async () => {
    const other = { ...(await open.openAgent()), toolName: open.toolName };
    const ends = [open, other];
    const calls = ends.map((end, who) =>
      play<{ answer: string }>(end, [
        ask(
          "elicitation/create",
          `{"mode":"form","message":"agent ${who}","requestedSchema":{"type":"object","properties":{}}}`,
        ),
        respond(`{"answer":$ANSWER}`),
      ]),
    );
    for (const [who, { peer }] of ends.entries()) {
      const asked = await peer.nextMessage(({ method }) => method === "elicitation/create");
      expect(asked.params).toMatchObject({ message: `agent ${who}` });
      await peer.send({ jsonrpc: "2.0", id: asked.id, result: { action: "accept", content: { who } } });
    }
    const arrived = (await Promise.all(calls)).map(
      ({ result }) => JSON.parse(result?.answer ?? "").result.content,
    );
    expect(arrived).toEqual([{ who: 0 }, { who: 1 }]);
  });
});

describe.each(allFaces.filter(({ place }) => place !== "nowhere"))(
  "over $title, of an agent that can answer nothing",
  (way) => {
    let open: OpenFace;
    let agent: Agent;
    beforeAll(async () => {
      open = await openFace(way, { server: scriptedServer() });
      agent = await open.openAgent({ capabilities: {} });
    });
    afterAll(async () => open?.[Symbol.asyncDispose]());

    test.each(["elicitation/create", "sampling/createMessage", "roots/list"])(
      "%s gets a named error at once",
      async (method) => {
        const steps = [ask(method, form), respond(`{"answer":$ANSWER}`)];
        const { result } = await play<{ answer: string }>({ ...agent, toolName: open.toolName }, steps);
        const { error } = JSON.parse(result?.answer ?? "");
        expect(error.code).toBeLessThan(0);
        expect(error.message).toMatch(/\w+ \w+/);
        for (const { peer } of [open, agent]) {
          expect(peer.messages.some((message) => message.method === method)).toBe(false);
        }
      },
    );
  },
);
