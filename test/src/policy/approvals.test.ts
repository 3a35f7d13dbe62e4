import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StdioServerEntry } from "@fairlead/config";
import type { RawClient, RawResult } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { openModernRawAgent } from "../eras/support/modern-raw-agent.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { openRawGateway } from "../servers/support/raw-gateway.js";
import { guardedServer } from "./support/guarded-gateway.js";

/** An agent of either era over `fairlead serve` and the guarded server. */
interface Agent extends AsyncDisposable {
  /** Calls a tool, answering each question with the next choice; questions without one are cancelled. */
  call(tool: string, args: object, ...choices: string[]): Promise<RawResult>;
  readonly questions: string[];
  /** What the server really did. */
  done(): Promise<readonly string[]>;
  readonly home: string;
}

function answerTo(choice: string | undefined): object {
  return choice === undefined ? { action: "cancel" } : { action: "accept", content: { decision: choice } };
}

async function openLegacy(
  settings: Partial<StdioServerEntry>,
  capabilities: object = { elicitation: {} },
): Promise<Agent> {
  const stack = createDisposeStack();
  const server = stack.use(await guardedServer(settings));
  const gateway = stack.use(await openRawGateway({ servers: { box: server.entry } }, { capabilities }));
  const questions: string[] = [];
  return {
    questions,
    home: gateway.home.folder.path,
    done: () => server.done(),
    async call(name, args, ...choices) {
      const answered = gateway.client.request("tools/call", { name, arguments: args });
      const answering = answerQuestions(gateway.client, questions, choices);
      const { result, error } = await answered;
      answering.stop();
      if (result === undefined) throw new Error(error?.message);
      return result;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

function answerQuestions(client: RawClient, questions: string[], choices: string[]): { stop(): void } {
  let isStopped = false;
  const next = (): void => {
    const isQuestion = ({ method }: { readonly method?: unknown }): boolean =>
      !isStopped && method === "elicitation/create";
    client.nextMessage(isQuestion, 60_000).then(
      (question) => {
        questions.push((question.params as { message: string }).message);
        void client.send({ jsonrpc: "2.0", id: question.id, result: answerTo(choices.shift()) });
        next();
      },
      // The client was closed: nobody asks any more.
      () => undefined,
    );
  };
  next();
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

async function openModern(
  settings: Partial<StdioServerEntry>,
  capabilities: object = { elicitation: { form: {} } },
): Promise<Agent> {
  const stack = createDisposeStack();
  const server = stack.use(await guardedServer(settings));
  const agent = stack.use(await openModernRawAgent({ servers: { box: server.entry } }, { capabilities }));
  const questions: string[] = [];
  return {
    questions,
    home: agent.home.folder.path,
    done: () => server.done(),
    async call(name, args, ...choices) {
      let result = await agent.callTool(name, { arguments: args });
      while (result["resultType"] === "input_required") {
        const asked = result["inputRequests"] as Record<string, { params: { message: string } }>;
        const inputResponses: Record<string, object> = {};
        for (const [key, { params }] of Object.entries(asked)) {
          questions.push(params.message);
          inputResponses[key] = answerTo(choices.shift());
        }
        const { requestState } = result;
        result = await agent.callTool(name, { arguments: args, inputResponses, requestState });
      }
      return result;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

const textOf = (result: RawResult): string => (result["content"] as { text: string }[])[0]?.text ?? "";

describe.each([
  ["a legacy agent", openLegacy],
  ["a modern agent", openModern],
])("%s", (_era, open) => {
  test("is asked before a tool that does not say that it is harmless, and its answer is what happens", async () => {
    await using agent = await open({ default_approval: "auto" });
    expect(textOf(await agent.call("box__look", {}))).toBe("did look");
    expect(agent.questions).toEqual([]);
    expect(textOf(await agent.call("box__keep", { n: 1, token: "hidden" }, "allow once"))).toBe("did keep");
    const denied = await agent.call("box__wipe", { n: 2 }, "deny");
    expect(denied).toMatchObject({ isError: true });
    expect(textOf(denied)).toContain("the user did not allow it");
    expect(textOf(await agent.call("box__wipe", { n: 3 }))).toContain("closed the question");
    expect(agent.questions[0]).toBe(
      'Allow the tool "keep" of server "box" to run on "local"?\nArguments: {\n  "n": 1,\n  "token": "*** (6 characters)"\n}\nAsked because the tool does not say that it is harmless.',
    );
    expect(await agent.done()).toEqual(["look {}", 'keep {"n":1,"token":"hidden"}']);
  });

  test("is not asked again for what it allowed for the session, or for good", async () => {
    await using agent = await open({ default_approval: "writes", tools: { wipe: { approval: "prompt" } } });
    await agent.call("box__keep", { n: 1 }, "always allow");
    await agent.call("box__keep", { n: 2 });
    await agent.call("box__wipe", { n: 3 }, "allow for this session");
    await agent.call("box__wipe", { n: 4 });
    expect(agent.questions).toHaveLength(2);
    expect(await agent.done()).toHaveLength(4);
    const file = await readFile(join(agent.home, "state", "approvals.json"), "utf8");
    expect(JSON.parse(file)).toEqual({ version: 2, always: { local: { box: ["keep"] } } });
  });

  test("that cannot ask is told which setting would allow the call", async () => {
    await using agent = await open({ default_approval: "prompt" }, {});
    const refused = await agent.call("box__look", {});
    expect(refused).toMatchObject({ isError: true });
    expect(textOf(refused)).toContain("[mcp_servers.box.tools.look]");
    expect(await agent.done()).toEqual([]);
  });

  test("is not asked what policy answers", async () => {
    await using accepting = await open({ elicitations: "accept-empty" });
    expect(textOf(await accepting.call("box__confirm", {}))).toBe('{"action":"accept","content":{}}');
    await using denying = await open({ elicitations: "deny" });
    expect(textOf(await denying.call("box__confirm", {}))).toBe('{"action":"decline"}');
    expect([accepting.questions, denying.questions]).toEqual([[], []]);
    await using asking = await open({});
    expect(textOf(await asking.call("box__confirm", {}))).toContain("cancel");
    expect(asking.questions).toEqual(["Really?"]);
  });
});
