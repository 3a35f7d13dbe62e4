import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectText } from "./support/expect-text.js";
import { allFaces, type OpenFace, openFace, singleFaces } from "./support/faces.js";
import { play, respond, scriptedServer, tell } from "./support/script.js";

const done = `{"content":[]}`;
const fail = (error: string): { send: string } => ({ send: `{"jsonrpc":"2.0","id":$ID,"error":${error}}` });

const errors: readonly (readonly [string, string])[] = [
  ["data of any kind", `{"code":-32042,"message":"No \\"luck\\"","data":{"deep":[1,null,{"x":"é"}]}}`],
  ["a code that nobody knows, and no data", `{"code":7,"message":""}`],
  [
    "null as its data, and members that nobody knows",
    `{"code":-32000,"message":"m","data":null,"vendor":{"a":1}}`,
  ],
  [
    "a code that a gateway could have used itself",
    `{"code":-32601,"message":"of the server","data":"its own"}`,
  ],
];

describe.each(allFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer() });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test.each([
    ["a text", 'call-é " \\ 1'],
    ["an empty text", ""],
    ["a text of digits", "17"],
    ["zero", 0],
    ["a negative number", -3],
    ["a fraction", 1.5],
    ["2^53", 2 ** 53],
  ])("an id that is %s comes back as it is", async (_, id) => {
    const answer = await play(open, [respond(done)], { id });
    expect(answer.id).toBe(id);
    expect(answer.result).toEqual({ content: [] });
  });

  test.each(way.keepsBytes ? ["spelling"] : [])("the %s of an id comes back as it is", async () => {
    const params = `{"name":"${open.toolName}","arguments":{"steps":[{"send":"{\\"jsonrpc\\":\\"2.0\\",\\"id\\":$ID,\\"result\\":{}}"}]}}`;
    await open.peer.sendText(`{"jsonrpc":"2.0","id":77.0,"method":"tools/call","params":${params}}`);
    const answer = await open.peer.waitForId(77);
    // Without us it is the fixture that changes the spelling.
    const spelling = way.place === "nowhere" ? "77" : "77.0";
    expect(open.peer.textOf(answer)).toContain(`"id":${spelling},`);
    expect(answer.result).toEqual({});
  });

  test("a result that is null is an answer", async () => {
    const answer = await play(open, [respond("null")]);
    expect(answer).toMatchObject({ result: null });
    expect(answer).not.toHaveProperty("error");
  });

  test.each(["7", `"text"`, "[1,{}]", "true"])("a result that is %s is an answer", async (result) => {
    expectText(open, await play(open, [respond(result)]), ["result", result]);
  });

  test.each(errors)("an error keeps %s", async (_, error) => {
    expectText(open, await play(open, [fail(error)]), ["error", error]);
  });

  test("an answer with an unknown member beside its result arrives", async () => {
    const send = `{"vendor":{"a":1},"jsonrpc":"2.0","id":$ID,"result":{"content":[]},"more":[]}`;
    expect((await play(open, [{ send }])).result).toEqual({ content: [] });
  });

  test("a request with an unknown member beside its params is answered", async () => {
    const params = { name: open.toolName, arguments: { steps: [respond(done)] } };
    await open.peer.send({ jsonrpc: "2.0", id: "odd", vendor: 1, method: "tools/call", params, more: {} });
    expect((await open.peer.waitForId("odd")).result).toEqual({ content: [] });
  });

  test("a method that nobody knows reaches the server, and its answer comes back", async () => {
    const { result } = await open.peer.request<{ line: string }>("vendor/custom", { a: [1], "": null });
    expect(JSON.parse(result?.line ?? "")).toMatchObject({
      method: "vendor/custom",
      params: { a: [1], "": null },
    });
  });

  test("a notification that nobody knows comes from the server, unchanged", async () => {
    const params = `{"a":[1,null],"z":{"b":"\\u00e9"},"_meta":{"x/y":0}}`;
    await play(open, [tell("notifications/vendor/news", params), respond(done)]);
    const told = await open.peer.nextMessage(({ method }) => method === "notifications/vendor/news");
    expectText(open, told, ["params", params]);
    expect(told).not.toHaveProperty("id");
  });

  test("ping is answered", async () => {
    const answer = await open.peer.request("ping", undefined, { id: "are-you-there" });
    expect(answer).toMatchObject({ id: "are-you-there", result: {} });
  });

  test("equal ids of two agents, and of two requests one after the other, do not meet", async () => {
    const other = await open.openAgent();
    const ends = [open, { ...other, toolName: open.toolName }];
    const steps = (who: number, round: number) => [
      { pause: who === 0 ? 60 : 5 },
      respond(`{"who":${who},"round":${round}}`),
    ];
    for (const round of [1, 2]) {
      const answers = ends.map((end, who) => play(end, steps(who, round), { id: "same" }));
      expect((await Promise.all(answers)).map(({ result }) => result)).toEqual([
        { who: 0, round },
        { who: 1, round },
      ]);
    }
  });

  test("twenty calls at once get their own answers, whatever the order", async () => {
    const calls = Array.from({ length: 20 }, (_, n) =>
      play<{ n: number }>(open, [{ pause: (20 - n) * 3 }, respond(`{"n":${n}}`)], {
        id: n % 2 === 0 ? n + 100 : `${n + 100}`,
      }),
    );
    expect((await Promise.all(calls)).map(({ result }) => result?.n)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });
});

describe.each(singleFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer() });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test("notifications that nobody knows reach the server, in order", async () => {
    await open.peer.notify("notifications/vendor/one", { a: 1 });
    await open.peer.notify("notifications/vendor/two");
    await open.peer.notify("vendor/three", { c: [] });
    const { result } = await play<{ notes: string[] }>(open, [respond(`{"notes":$NOTES}`)]);
    const notes = (result?.notes ?? [])
      .map((line) => JSON.parse(line))
      .filter(({ method }) => method.includes("vendor"));
    expect(notes).toMatchObject([
      { method: "notifications/vendor/one", params: { a: 1 } },
      { method: "notifications/vendor/two" },
      { method: "vendor/three", params: { c: [] } },
    ]);
  });

  test.each(["tasks/get", "tasks/list", "tasks/result", "tasks/cancel", "tasks/update"])(
    "%s passes raw",
    async (method) => {
      const params = {
        taskId: "t-1",
        vendor: [1],
        _meta: { "io.modelcontextprotocol/related-task": { taskId: "t-1" } },
      };
      const { result } = await open.peer.request<{ line: string }>(method, params);
      expect(JSON.parse(result?.line ?? "")).toMatchObject({ method, params });
    },
  );

  test("a result that is a task, and news about it, pass raw", async () => {
    const task = `{"task":{"taskId":"t","status":"working","ttl":null,"pollInterval":5,"vendor":1},"_meta":{"x":1}}`;
    const news = `{"taskId":"t","status":"completed","vendor":{}}`;
    const answer = await play(open, [tell("notifications/tasks/status", news), respond(task)]);
    expectText(open, answer, ["result", task]);
    const told = await open.peer.nextMessage(({ method }) => method === "notifications/tasks/status");
    expectText(open, told, ["params", news]);
  });

  test.each([
    "completion/complete",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/templates/list",
    "resources/read",
  ])("%s passes with all of its params", async (method) => {
    const params = {
      name: "n",
      uri: "a:b/ü",
      ref: { type: "ref/prompt", name: "n" },
      argument: { name: "a", value: "" },
      context: { arguments: {} },
      vendor: 1,
    };
    const { result } = await open.peer.request<{ line: string }>(method, params);
    expect(JSON.parse(result?.line ?? "")).toMatchObject({ method, params });
  });

  test("a tool that the server has not is refused by the server", async () => {
    const { result } = await open.peer.request<{ line: string }>("tools/call", { name: "nobody" });
    expect(JSON.parse(result?.line ?? "")).toMatchObject({ params: { name: "nobody" } });
  });
});
