import { createDeferred, FairleadError } from "@fairlead/core";
import type { CallAnswer } from "@fairlead/mcp";
import { expect, test } from "vitest";
import { definitionOf } from "../gateway/test-support/scripted-server.js";
import type { ApprovalMode, ServerDefinition } from "../orchestrator/server-definition.js";
import { ApprovalGate, type GuardedCall } from "./approval-gate.js";
import { type ApprovalStore, createMemoryApprovalStore } from "./approval-store.js";

const sent: CallAnswer = { kind: "result", result: Buffer.from('{"content":[]}') };

interface Scene {
  readonly gate: ApprovalGate;
  readonly warnings: string[];
  /** The params of the questions that were asked. */
  readonly questions: string[];
  /** How often a call went through to the server. */
  sentCount: number;
  /** What the user answers; one that is not there is awaited by the test. */
  answers: (string | CallAnswer | FairleadError | Promise<CallAnswer>)[];
  call(overrides?: Partial<GuardedCall>, answer?: CallAnswer): Promise<CallAnswer>;
}

function setScene(
  mode: ApprovalMode,
  settings: { store?: ApprovalStore } & Partial<ServerDefinition> = {},
): Scene {
  const { store = createMemoryApprovalStore(), ...definition } = settings;
  const warnings: string[] = [];
  const gate = new ApprovalGate({ store, warn: (server, text) => warnings.push(`${server}: ${text}`) });
  const scene: Scene = {
    gate,
    warnings,
    questions: [],
    sentCount: 0,
    answers: [],
    call: (overrides = {}, answer = sent) =>
      gate.guard(
        {
          definition: definitionOf("files", { defaultApproval: mode, instanceKey: "k", ...definition }),
          rawName: "write",
          tool: Buffer.from('{"name":"write"}'),
          params: Buffer.from('{"name":"write","arguments":{"path":"/a"}}'),
          era: "legacy",
          signal: new AbortController().signal,
          ask: async (method, params) => {
            scene.questions.push(`${method} ${params.toString()}`);
            const next = await scene.answers.shift();
            if (next === undefined) throw new Error("Nobody answers");
            if (next instanceof FairleadError) throw next;
            return typeof next === "string" ? choose(next) : next;
          },
          ...overrides,
        },
        async () => {
          scene.sentCount += 1;
          return answer;
        },
      ),
  };
  return scene;
}

function choose(decision: string): CallAnswer {
  return { kind: "result", result: Buffer.from(JSON.stringify({ action: "accept", content: { decision } })) };
}

function textOf(answer: CallAnswer): string {
  return answer.kind === "result" ? answer.result.toString() : answer.error.toString();
}

test("a call that needs no approval is made without a question", async () => {
  const scene = setScene("approve");
  expect(await scene.call()).toBe(sent);
  expect(scene.questions).toEqual([]);
});

test("once is for this call only", async () => {
  const scene = setScene("writes");
  scene.answers = ["allow once", "deny"];
  expect(await scene.call()).toBe(sent);
  expect(textOf(await scene.call())).toContain("the user did not allow it");
  expect(scene.sentCount).toBe(1);
  expect(scene.questions).toHaveLength(2);
  expect(scene.questions[0]).toContain('elicitation/create {"message":"Allow the tool \\"write\\"');
});

test("for this session is for this tool of this server, and for this session", async () => {
  const store = createMemoryApprovalStore();
  const scene = setScene("auto", { store });
  scene.answers = ["allow for this session", "allow once"];
  await scene.call();
  expect(await scene.call()).toBe(sent);
  expect(scene.questions).toHaveLength(1);
  await scene.call({ rawName: "other" });
  expect(scene.questions).toHaveLength(2);
  const next = setScene("auto", { store });
  next.answers = ["deny"];
  await next.call();
  expect(next.questions).toHaveLength(1);
});

test("always is for every session, but not where every call is to be asked about", async () => {
  const store = createMemoryApprovalStore();
  const scene = setScene("auto", { store });
  scene.answers = ["always allow"];
  await scene.call();
  const next = setScene("auto", { store });
  expect(await next.call()).toBe(sent);
  expect(next.questions).toEqual([]);
  const strict = setScene("prompt", { store });
  strict.answers = ["deny"];
  await strict.call();
  expect(strict.questions).toHaveLength(1);
});

test("what was allowed for the session is asked again of another launch, another machine or a stricter mode", async () => {
  const scene = setScene("auto");
  const nameless = definitionOf("files", { defaultApproval: "auto" });
  const others: readonly ServerDefinition[] = [
    definitionOf("files", { defaultApproval: "auto", instanceKey: "other" }),
    definitionOf("files", { defaultApproval: "auto", instanceKey: "k", executor: "production" }),
    definitionOf("files", { defaultApproval: "prompt", instanceKey: "k" }),
    nameless,
    { ...nameless },
  ];
  scene.answers = ["allow for this session"];
  await scene.call();
  await scene.call();
  for (const definition of others) {
    scene.answers = ["deny"];
    expect(textOf(await scene.call({ definition }))).toContain("did not allow it");
  }
  expect(scene.questions).toHaveLength(1 + others.length);
  expect(scene.questions[2]).toContain('to run on \\"production\\"?');
});

test("what was allowed for good is asked again on another machine, in a stricter mode, and when it was taken out", async () => {
  const allowed = new Set<string>();
  const store: ApprovalStore = {
    isAlways: (tool) => allowed.has(JSON.stringify(tool)),
    setAlways: (tool) => void allowed.add(JSON.stringify(tool)),
  };
  const scene = setScene("auto", { store });
  scene.answers = ["always allow"];
  await scene.call();
  await scene.call({
    definition: definitionOf("files", { defaultApproval: "auto", instanceKey: "other" }),
  });
  expect(scene.sentCount).toBe(2);
  expect(scene.questions).toHaveLength(1);
  const elsewhere = definitionOf("files", { defaultApproval: "auto", executor: "production" });
  const stricter = definitionOf("files", { defaultApproval: "prompt", instanceKey: "k" });
  scene.answers = ["deny", "deny", "deny"];
  await scene.call({ definition: elsewhere });
  await scene.call({ definition: stricter });
  allowed.clear();
  await scene.call();
  expect(scene.sentCount).toBe(2);
  expect(scene.questions).toHaveLength(4);
});

test("the repetition of a call that was approved on one machine is asked about on another", async () => {
  const scene = setScene("prompt");
  const wantsInput: CallAnswer = {
    kind: "result",
    result: Buffer.from('{"resultType":"input_required","requestState":"s"}'),
  };
  scene.answers = ["allow once", "deny"];
  await scene.call({}, wantsInput);
  const definition = definitionOf("files", { defaultApproval: "prompt", executor: "production" });
  const params = Buffer.from('{"name":"write","arguments":{"path":"/a"},"requestState":"s"}');
  expect(textOf(await scene.call({ definition, params }))).toContain("did not allow it");
});

test("a store that fails costs a question, or a memory, but no call", async () => {
  const store: ApprovalStore = {
    isAlways: () => Promise.reject(new Error("no file")),
    setAlways: () => Promise.reject(new Error("disk full")),
  };
  const scene = setScene("auto", { store });
  scene.answers = ["always allow"];
  expect(await scene.call()).toBe(sent);
  expect(await scene.call()).toBe(sent);
  expect(scene.questions).toHaveLength(1);
  expect(scene.warnings).toEqual([
    "files: What was always allowed cannot be read, so it is asked again: Error: no file",
    'files: "Always allow" holds for this session only, it cannot be kept: Error: disk full',
  ]);
});

test("an agent that cannot ask gets a refusal that names the setting", async () => {
  const scene = setScene("auto");
  scene.answers = [
    new FairleadError("forbidden", "x", { reason: "cannot_ask" }),
    { kind: "error", error: Buffer.from('{"code":-32601,"message":"Method not found"}') },
  ];
  for (const answer of [await scene.call(), await scene.call()]) {
    expect(textOf(answer)).toContain("[mcp_servers.files.tools.write]");
  }
  expect(scene.sentCount).toBe(0);
});

test("a question that fails in another way fails the call, which is not made", async () => {
  const scene = setScene("auto");
  scene.answers = [new FairleadError("unavailable", "The agent has disconnected")];
  await expect(scene.call()).rejects.toMatchObject({ code: "unavailable" });
  expect(scene.sentCount).toBe(0);
});

test("questions about one tool come one after the other, and an answer may make the next needless", async () => {
  const scene = setScene("auto");
  const first = createDeferred<CallAnswer>();
  scene.answers = [first.promise];
  const calls = [scene.call(), scene.call(), scene.call()];
  const other = scene.call({ rawName: "other" }).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  expect(scene.questions).toHaveLength(2);
  first.resolve(choose("allow for this session"));
  expect(await Promise.all(calls)).toEqual([sent, sent, sent]);
  expect(scene.questions).toHaveLength(2);
  expect(await other).toEqual(new Error("Nobody answers"));
});

test("a call that is taken back while it waits is not made, and does not hold up the next", async () => {
  const scene = setScene("auto");
  const first = createDeferred<CallAnswer>();
  scene.answers = [first.promise, "allow once"];
  const abort = new AbortController();
  const held = scene.call();
  const cancelled = scene.call({ signal: abort.signal });
  const last = scene.call();
  abort.abort("Changed my mind");
  await expect(cancelled).rejects.toMatchObject({ code: "canceled" });
  first.resolve(choose("deny"));
  await held;
  expect(await last).toBe(sent);
  expect(scene.sentCount).toBe(1);
  expect(scene.questions).toHaveLength(2);
});

test("a server's own description of the call is shown instead of its arguments", async () => {
  const scene = setScene("auto", {
    describeCall: async (tool, args) => `Runs ${tool} with ${JSON.stringify(args)}\u0007`,
  });
  scene.answers = ["allow once", "allow once"];
  await scene.call();
  expect(scene.questions[0]).toContain('Runs write with {\\"path\\":\\"/a\\"}\\\\u0007\\nAsked because');
  await scene.call({ params: Buffer.from('{"name":"write"}') });
  expect(scene.questions[1]).toContain("Runs write with undefined");
});

test("the repetition of an approved call with its input is the same call, once", async () => {
  const scene = setScene("prompt");
  const wantsInput: CallAnswer = {
    kind: "result",
    result: Buffer.from('{"resultType":"input_required","requestState":"s"}'),
  };
  const repeat = Buffer.from(
    '{"name":"write","arguments":{"path":"/a"},"requestState":"s","inputResponses":{}}',
  );
  const altered = Buffer.from('{"name":"write","arguments":{"path":"/b"},"requestState":"s"}');
  scene.answers = ["allow once", "deny", "deny"];
  expect(await scene.call({}, wantsInput)).toBe(wantsInput);
  expect(textOf(await scene.call({ params: altered }))).toContain("not allow");
  expect(await scene.call({ params: repeat }, wantsInput)).toBe(wantsInput);
  expect(await scene.call({ params: repeat })).toBe(sent);
  expect(textOf(await scene.call({ params: repeat }))).toContain("not allow");
  expect(scene.questions).toHaveLength(3);
});
