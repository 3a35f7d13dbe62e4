import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  processesWithMarker,
  type RawMessage,
  type RawResponse,
  type RawResult,
  waitUntil,
} from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  type CodexAgent,
  type CodexTurn,
  callLimitMs,
  codexWays,
  openCodexAgent,
  startLimitMs,
} from "./codex-agent.js";
import { type CodexSite, lastWords, openCodexSite, prompts } from "./codex-site.js";
import { findForeignClients } from "./foreign-clients.js";

const clients = findForeignClients("Codex as a server");

/** What an agent that knows nothing of Codex answers. */
const accepted = { action: "accept", content: {} };
const declined = { action: "decline" };

// An agent that we did not write, run as a server on an executor, with a scripted model behind it.
describe.skipIf(clients === undefined).each(codexWays)("codex mcp-server on an executor, over %s", (way) => {
  // Notifications of Codex' own making have no place in the newer era, and they alone show the interruption.
  const tellsEvents = way === "HTTP of the newer era" ? [] : ["in order"];
  const stack = createDisposeStack();
  let site: CodexSite;
  let agent: CodexAgent;
  beforeAll(async () => {
    site = stack.use(await openCodexSite(clients?.codex ?? ""));
    agent = stack.use(await openCodexAgent(site, way));
  });
  afterAll(async () => stack[Symbol.asyncDispose]());

  /** One turn of Codex in a folder of its own. */
  async function turn(prompt: string, answer: object): Promise<CodexTurn & { cwd: string }> {
    const cwd = await site.makeWorkFolder();
    return { cwd, ...(await agent.call("codex", { prompt, cwd }, answer)) };
  }

  function lastOutput(): string {
    return [...(site.model.requests.at(-1)?.outputs.values() ?? [])].at(-1) ?? "";
  }

  test("lists its tools", async () => {
    const { result } = await agent.peer.request("tools/list", {}, { timeoutMs: startLimitMs });
    expect(result).toMatchObject({
      tools: [
        {
          name: agent.toolName("codex"),
          title: "Codex",
          outputSchema: { required: ["threadId", "content"] },
        },
        { name: agent.toolName("codex-reply") },
      ],
    });
  });

  test("works for the agent, and goes on when it is spoken to again", async () => {
    const { response } = await turn("hello", declined);
    expect(response.result).toMatchObject({
      content: [{ type: "text", text: lastWords }],
      structuredContent: { content: lastWords },
    });
    const { threadId } = (response.result?.["structuredContent"] ?? {}) as { threadId?: string };
    const next = await agent.call("codex-reply", { prompt: "and now?", threadId }, declined);
    expect(next.response.result).toMatchObject({ structuredContent: { threadId } });
    expect(site.model.requests.at(-1)?.prompt).toBe("and now?");
    expect(JSON.stringify(site.model.requests.at(-1)?.body["input"])).toContain("hello");
  });

  describe("asks before it runs a command", () => {
    test("accepted, it is done", async () => {
      const { cwd, questions, response } = await turn(prompts.init, accepted);
      expect(questions).toMatchObject([
        {
          message: expect.stringContaining("git init"),
          requestedSchema: { type: "object", properties: {} },
          codex_elicitation: "exec-approval",
          codex_cwd: cwd,
          codex_command: expect.arrayContaining(["git init"]),
        },
      ]);
      expect(textOf(response)).toBe(lastWords);
      expect(existsSync(join(cwd, ".git", "HEAD"))).toBe(true);
    });

    test("declined, it is not done, and the model is told why", async () => {
      const { cwd, response } = await turn(prompts.init, declined);
      expect(textOf(response)).toBe(lastWords);
      expect(existsSync(join(cwd, ".git"))).toBe(false);
      expect(lastOutput()).toContain("The person declined.");
    });

    test("dismissed, it is not done, and the call is answered", async () => {
      const { cwd, response } = await turn(prompts.init, { action: "cancel" });
      expect(textOf(response)).toBe(lastWords);
      expect(existsSync(join(cwd, ".git"))).toBe(false);
    });

    test("decided in its own words by an agent that knows it, it is done", async () => {
      const { cwd } = await turn(prompts.init, { decision: "approved" });
      expect(existsSync(join(cwd, ".git", "HEAD"))).toBe(true);
    });

    test("refused where the agent cannot be asked, not left waiting", async () => {
      await using mute = await openCodexAgent(site, way, {});
      const cwd = await site.makeWorkFolder();
      const { questions, response } = await mute.call("codex", { prompt: prompts.init, cwd }, accepted);
      expect(questions).toEqual([]);
      expect(textOf(response)).toBe(lastWords);
      expect(existsSync(join(cwd, ".git"))).toBe(false);
      expect(lastOutput()).toContain("Nobody could be asked");
      await mute.leave();
    });
  });

  describe("asks before it changes a file", () => {
    test("accepted, it is changed", async () => {
      const { cwd, questions, response } = await turn(prompts.patch, accepted);
      expect(questions).toMatchObject([
        {
          codex_elicitation: "patch-approval",
          codex_changes: { [join(cwd, "greeting.txt")]: { type: "add", content: "hello\n" } },
        },
      ]);
      expect(textOf(response)).toBe(lastWords);
      expect(readFileSync(join(cwd, "greeting.txt"), "utf8")).toBe("hello\n");
    });

    test("declined, it is not", async () => {
      const { cwd, response } = await turn(prompts.patch, declined);
      expect(textOf(response)).toBe(lastWords);
      expect(existsSync(join(cwd, "greeting.txt"))).toBe(false);
    });
  });

  test.each(tellsEvents)("tells what it does %s", async () => {
    const from = agent.peer.messages.length;
    await turn("hello", declined);
    const messages = agent.peer.messages.slice(from);
    const types = messages.flatMap((message) => eventOf(message)?.type ?? []);
    expect(types).toEqual(expect.arrayContaining(["session_configured", "task_started", "task_complete"]));
    const words = messages.flatMap((message) => eventOf(message)?.delta ?? []);
    expect(words.join("")).toBe(lastWords);
  });

  test.each(tellsEvents)("is interrupted while its model thinks, and says so %s", async () => {
    const cwd = await site.makeWorkFolder();
    const id = "to be cancelled";
    const params = { name: agent.toolName("codex"), arguments: { prompt: prompts.hold, cwd } };
    await agent.peer.send({ jsonrpc: "2.0", id, method: "tools/call", params });
    await waitUntil(() => site.model.requests.at(-1)?.prompt === prompts.hold, {
      withinMs: callLimitMs,
      what: "The question to the model",
    });
    await agent.peer.notify("notifications/cancelled", { requestId: id, reason: "enough" });
    const aborted = await agent.peer.nextMessage(
      (message) => eventOf(message)?.type === "turn_aborted",
      callLimitMs,
    );
    expect(aborted.params).toMatchObject({ msg: { reason: "interrupted" } });
    // Who takes a request back gets no answer; the next one is served.
    expect(textOf((await turn("hello", declined)).response)).toBe(lastWords);
    expect(agent.peer.messages.filter((message) => message.id === id)).toEqual([]);
  });

  test("leaves nothing behind, a command under way included", async () => {
    const { marker } = site.home;
    const cwd = await site.makeWorkFolder();
    const running = agent.call("codex", { prompt: prompts.sleep, cwd }, accepted);
    running.catch(() => undefined);
    await waitUntil(() => existsSync(join(cwd, "started.txt")), {
      withinMs: callLimitMs,
      what: "The command's file",
    });
    const before = processesWithMarker(marker).map(({ cmdline }) => cmdline.join(" "));
    expect(before).toContainEqual(expect.stringContaining("sleep 300"));
    await agent.leave();
    await waitUntil(() => processesWithMarker(marker).length === 0, {
      withinMs: 10_000,
      what: () => `The end of ${JSON.stringify(processesWithMarker(marker).map(({ cmdline }) => cmdline))}`,
    });
  });
});

function textOf({ result }: RawResponse<RawResult>): unknown {
  const [block] = (result?.["content"] ?? []) as { readonly text?: unknown }[];
  return block?.text;
}

/** What Codex says it does. */
function eventOf({ method, params }: RawMessage): { type?: string; delta?: string } | undefined {
  if (method !== "codex/event") return undefined;
  const { msg } = params as { msg: { type: string; delta?: string } };
  return msg.type === "agent_message_content_delta" ? msg : { type: msg.type };
}
