import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenFace, openFace, singleFaces } from "./support/faces.js";
import { play, respond, scriptedServer } from "./support/script.js";

const mebibyte = 2 ** 20;
const patient = { timeoutMs: 30_000 };

describe.each(singleFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer() });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test("a result of 12 MiB arrives whole", async () => {
    const { result } = await play<{ text: string }>(
      open,
      [{ fill: 12 * mebibyte }, respond(`{"text":$FILL}`)],
      patient,
    );
    expect(result?.text.length).toBe(12 * mebibyte);
    expect(/^x+$/.test(result?.text ?? "")).toBe(true);
  });

  test("arguments of 12 MiB arrive whole", async () => {
    const big = 'é\\"\n'.repeat((2 * mebibyte) / 4) + "y".repeat(10 * mebibyte);
    const params = { name: "script", arguments: { big, steps: [respond(`{"line":$LINE}`)] } };
    const { result } = await open.peer.request<{ line: string }>("tools/call", params, patient);
    const arrived = JSON.parse(result?.line ?? "").params.arguments.big;
    // Compared here: a failing comparison of such texts would print them.
    expect(arrived === big).toBe(true);
  });

  test("small calls are answered while big ones are on their way", async () => {
    const big = play<{ text: string }>(open, [{ fill: 12 * mebibyte }, respond(`{"text":$FILL}`)], patient);
    for (let n = 0; n < 20; n += 1) {
      expect((await play(open, [respond(`{"n":${n}}`)], patient)).result).toEqual({ n });
    }
    expect((await big).result?.text.length).toBe(12 * mebibyte);
  });
});

describe.each(singleFaces.filter(({ place }) => place !== "nowhere"))(
  "over $title, with a bound of 1 MiB",
  (way) => {
    let open: OpenFace;
    beforeAll(async () => {
      const topLevel = `max_message_bytes = ${mebibyte}`;
      open = await openFace(way, { server: scriptedServer(), topLevel });
    });
    afterAll(async () => open?.[Symbol.asyncDispose]());

    test("a result beyond it fails its own call, with a named error", async () => {
      const others = Array.from({ length: 3 }, (_, n) => play(open, [{ pause: 300 }, respond(`{"n":${n}}`)]));
      const answer = await play(open, [{ fill: 2 * mebibyte }, respond(`{"text":$FILL}`)]);
      expect(answer.result).toBeUndefined();
      expect(answer.error?.message).toMatch(/1 ?MiB|1,?048,?576|too large|larger/i);
      expect((await Promise.all(others)).map(({ result }) => result)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
      expect((await play(open, [respond(`{"after":1}`)])).result).toEqual({ after: 1 });
    });

    test("a request beyond it is refused, and the agent goes on", async () => {
      const params = { name: "script", arguments: { big: "y".repeat(2 * mebibyte), steps: [respond("{}")] } };
      const outcome = await open.peer.request("tools/call", params).then(
        ({ error }) => error?.message ?? "answered",
        (error: Error) => error.message,
      );
      expect(outcome).not.toBe("answered");
      expect((await play(open, [respond(`{"after":2}`)])).result).toEqual({ after: 2 });
    });
  },
);
