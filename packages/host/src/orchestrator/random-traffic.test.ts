import { expect, test } from "vitest";
import { createMemoryServers, type MemoryProcess, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import type { AgentServer } from "./agent-server.js";

/** Numbers that look random and are the same in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

test("however agents subscribe and leave, the server hears of the first and the last, and updates find all others", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = createRandom(seed);
    await using scene = createPoolScene();
    const servers = createMemoryServers({
      answer: ({ method, params }) =>
        method === "resources/subscribe" && random(4) === 0
          ? { error: { code: -32002, message: "no", data: params } }
          : { result: {} },
    });
    const definition = servers.define({ share: "all" });
    const anchor = scene.pool.attach(definition, createAgent("anchor"));
    await anchor.ready();
    const process = await servers.started(1);
    const agents = Array.from({ length: 4 }, (_, at) => createAgent(String(at)));
    const holds = agents.map((agent) => scene.pool.attach(definition, agent));
    const wanted = agents.map(() => new Set<string>());
    const under: Promise<unknown>[] = [];
    for (let step = 0; step < 40; step += 1) {
      const at = random(agents.length);
      const uri = `u:${random(3)}`;
      const isWish = random(3) > 0;
      const hold = holds[at];
      if (hold === undefined) throw new Error("No hold");
      const method = isWish ? "resources/subscribe" : "resources/unsubscribe";
      const settled = ask(hold, method, { uri }).then((answer) => {
        if (isWish && JSON.stringify(answer) === "{}") wanted[at]?.add(uri);
        if (!isWish) wanted[at]?.delete(uri);
      });
      under.push(settled);
      if (random(3) === 0) await settled;
    }
    await Promise.all(under);
    const leaver = random(agents.length);
    await holds[leaver]?.release();
    wanted[leaver]?.clear();
    await nextTurn();
    const upstream = new Map<string, number>();
    for (const { method, params, id } of process.received) {
      const uri = String(params?.["uri"]);
      if (method === "resources/subscribe" && !process.refused.has(id)) upstream.set(uri, 1);
      if (method === "resources/unsubscribe") upstream.set(uri, 0);
    }
    for (const uri of ["u:0", "u:1", "u:2"]) {
      const expected = wanted.map((uris) => uris.has(uri));
      expect(upstream.get(uri) ?? 0, `seed ${seed}, ${uri}`).toBe(expected.some(Boolean) ? 1 : 0);
      const before = agents.map((agent) => agent.told.length);
      process.say({ method: "notifications/resources/updated", params: { uri } });
      expect(agents.map((agent, at) => agent.told.length > (before[at] ?? 0))).toEqual(expected);
    }
  }
});

test("whatever is under way, no agent gets what belongs to another", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = createRandom(seed);
    await using scene = createPoolScene();
    const servers = createMemoryServers({
      answer: ({ method }: Received) => (method === "tools/call" ? undefined : { result: {} }),
    });
    const definition = servers.define({ share: "all" });
    const agents = Array.from({ length: 3 }, (_, at) => createAgent(String(at)));
    const holds = agents.map((agent) => scene.pool.attach(definition, agent));
    await Promise.all(holds.map((hold) => hold.ready()));
    const process = await servers.started(1);
    const open: { readonly owner: number; readonly id: unknown; readonly done: Promise<unknown> }[] = [];
    const notes: number[][] = agents.map(() => []);
    const answers: { readonly got: unknown; readonly wanted: unknown }[] = [];
    for (let step = 0; step < 40; step += 1) {
      const kind = random(4);
      if (kind === 0) {
        open.push(await startCall(step, { holds, process, owner: random(agents.length) }));
      } else if (kind === 1 && open.length > 0) {
        const [over] = open.splice(random(open.length), 1);
        process.say({ id: over?.id, result: { owner: over?.owner } });
        answers.push({ got: await over?.done, wanted: { owner: over?.owner } });
      } else if (kind === 2) {
        process.say({ method: "custom/note", params: { step } });
        const [first] = open;
        const concerned = first !== undefined && open.length === 1 ? [first.owner] : notes.keys();
        for (const at of concerned) notes[at]?.push(step);
      } else {
        const question = `q${step}`;
        process.say({ id: question, method: "elicitation/create" });
        const { result, error } = await process.next(({ id }) => id === question);
        const [only, ...others] = new Set(open.map(({ owner }) => owner));
        const isClear = only !== undefined && others.length === 0;
        answers.push({
          got: result ?? error?.data,
          wanted: isClear ? { answeredBy: String(only) } : { reason: "agent_ambiguous" },
        });
      }
    }
    expect(
      answers.map(({ got }) => got),
      `seed ${seed}`,
    ).toEqual(answers.map(({ wanted }) => wanted));
    const heard = agents.map((agent) =>
      agent.toldOf("custom/note").map((params) => (params as { step: number }).step),
    );
    expect(heard, `seed ${seed}`).toEqual(notes);
    for (const { id, done } of open) {
      process.say({ id, result: {} });
      await done;
    }
  }
});

async function startCall(
  mark: number,
  scene: {
    readonly holds: readonly AgentServer[];
    readonly process: MemoryProcess;
    readonly owner: number;
  },
): Promise<{ owner: number; id: unknown; done: Promise<unknown> }> {
  const { holds, process, owner } = scene;
  const hold = holds[owner];
  if (hold === undefined) throw new Error("No hold");
  const done = ask(hold, "tools/call", { mark });
  const { id } = await process.next(
    ({ method, params }) => method === "tools/call" && params?.["mark"] === mark,
  );
  return { owner, id, done };
}
