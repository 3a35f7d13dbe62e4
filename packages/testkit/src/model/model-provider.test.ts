import { afterEach, describe, expect, test } from "vitest";
import { modelCall, modelMessage } from "./model-answer.js";
import { answersInTurn, type ModelProvider, type ModelScript, startModelProvider } from "./model-provider.js";

let provider: ModelProvider | undefined;
afterEach(async () => provider?.[Symbol.asyncDispose]());

async function start(script: ModelScript): Promise<ModelProvider> {
  provider = await startModelProvider(script);
  return provider;
}

function ask({ url }: ModelProvider, input: readonly object[], signal?: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ model: "m", stream: true, input });
  return fetch(`${url}/responses`, { method: "POST", body, ...(signal === undefined ? {} : { signal }) });
}

function user(text: string): object {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

async function eventsOf(response: Response): Promise<{ event: string; data: Record<string, unknown> }[]> {
  const blocks = (await response.text()).split("\n\n").filter((block) => block !== "");
  return blocks.map((block) => {
    const [event = "", data = ""] = block.split("\n");
    return { event: event.slice("event: ".length), data: JSON.parse(data.slice("data: ".length)) };
  });
}

describe("a model provider", () => {
  test("streams a message word by word, then whole, then the end of the answer", async () => {
    const model = await start(answersInTurn([modelMessage("All is done")]));
    const response = await ask(model, [user("do it")]);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = await eventsOf(response);
    expect(events.map(({ event }) => event)).toEqual([
      "response.created",
      "response.output_item.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_item.done",
      "response.completed",
    ]);
    for (const { event, data } of events) expect(data["type"]).toBe(event);
    const said = events.flatMap(({ data }) => (typeof data["delta"] === "string" ? [data["delta"]] : []));
    expect(said.join("")).toBe("All is done");
    expect(events.at(-1)?.data).toMatchObject({ response: { id: "resp_1", status: "completed" } });
  });

  test("asks for a function, and shows the script what came of it", async () => {
    const model = await start(({ outputs }) => {
      const output = outputs.get("call-1");
      return output === undefined ? [modelCall("run", { cmd: "ls" }, "call-1")] : [modelMessage(output)];
    });
    const [, , call] = await eventsOf(await ask(model, [user("list it")]));
    expect(call?.data).toMatchObject({ item: { call_id: "call-1", name: "run", arguments: '{"cmd":"ls"}' } });
    const output = { type: "function_call_output", call_id: "call-1", output: "a.txt" };
    const text = await (await ask(model, [user("list it"), output])).text();
    expect(text).toContain('"text":"a.txt"');
  });

  test("records what it was asked", async () => {
    const model = await start(() => [modelMessage("Yes")]);
    await (await ask(model, [user("first"), user("second")])).text();
    expect(model.requests).toMatchObject([{ prompt: "second", body: { model: "m" }, http: { number: 1 } }]);
  });

  test("holds an answer until its reader leaves", async () => {
    const model = await start(() => "held");
    const abort = new AbortController();
    const response = await ask(model, [user("wait")], abort.signal);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain("response.created");
    abort.abort();
    expect(await model.requests[0]?.http.ended).toBe("aborted");
  });

  test("answers 500 with the reason when the script has nothing left, and 404 elsewhere", async () => {
    const model = await start(answersInTurn());
    const response = await ask(model, [user("more")]);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("only 0 answers");
    expect((await fetch(`${model.url}/models`)).status).toBe(404);
  });
});
