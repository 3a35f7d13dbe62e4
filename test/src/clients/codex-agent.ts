import { readFile } from "node:fs/promises";
import {
  createRawHttpClient,
  initializeRawClient,
  type RawClient,
  type RawMessage,
  type RawPeer,
  type RawResponse,
  type RawResult,
  spawnRawClient,
  waitUntil,
} from "@fairlead/testkit";
import { createDisposeStack, type DisposeStack } from "../servers/support/dispose-stack.js";
import type { CodexSite } from "./codex-site.js";

/** The ways to Codex: a pipe, an HTTP session with its own endpoint, and HTTP requests without any session. */
export const codexWays = ["stdio", "HTTP", "HTTP of the newer era"] as const;

/** One of {@link codexWays}. */
export type CodexWay = (typeof codexWays)[number];

/** What came of a call. */
export interface CodexTurn {
  /** What the agent was asked meanwhile: the params of each question. */
  readonly questions: readonly RawResult[];
  readonly response: RawResponse<RawResult>;
}

/** An ordinary agent, which knows nothing of Codex, with a gateway of its own. Disposing closes both. */
export interface CodexAgent extends AsyncDisposable {
  readonly peer: RawPeer;
  /** What Codex' tool is called here. */
  toolName(rawName: string): string;
  /** Calls a tool and answers every question that comes of it. */
  call(rawName: string, args: object, answer: object): Promise<CodexTurn>;
  /** Leaves, as an agent does that has no more to do, and waits for the gateway's end. */
  leave(): Promise<void>;
}

/** Codex is a binary of 250 MB, and the first to start it reads all of that. */
export const startLimitMs = 40_000;
/** For anything that Codex does once it runs. */
export const callLimitMs = 15_000;

/** Starts `fairlead serve` at a site and connects an agent. @param capabilities of the agent */
export async function openCodexAgent(
  site: CodexSite,
  way: CodexWay,
  capabilities: object = { elicitation: {} },
): Promise<CodexAgent> {
  const stack = createDisposeStack();
  try {
    const flags = way === "stdio" ? [] : ["--http", "127.0.0.1:0"];
    const { home } = site;
    const gateway = stack.use(
      await spawnRawClient(home.command("serve", ...flags), { env: home.env, cwd: home.folder.path }),
    );
    if (way === "stdio") {
      await initializeRawClient(gateway, { capabilities, timeoutMs: startLimitMs });
      const leave = async (): Promise<void> => {
        gateway.closeStdin();
        await endOf(gateway);
      };
      return toAgent({ peer: gateway, prefix: "codex__", stack, leave, ask: askLegacy });
    }
    const { url, token } = await faceOf(gateway, site);
    const modern = way === "HTTP" ? undefined : { capabilities };
    const peer = stack.use(createRawHttpClient({ url: `${url}/codex`, token, modern }));
    if (modern === undefined) {
      await initializeRawClient(peer, { capabilities, timeoutMs: startLimitMs });
      await peer.openStream();
    }
    const leave = async (): Promise<void> => {
      if (modern === undefined) await peer.endSession();
      gateway.kill("SIGTERM");
      await endOf(gateway);
    };
    const ask = modern === undefined ? askLegacy : askModern;
    return toAgent({ peer, prefix: "", stack, leave, ask });
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

type Ask = (peer: RawPeer, params: object, answer: object) => Promise<CodexTurn>;

interface AgentParts {
  readonly peer: RawPeer;
  readonly prefix: string;
  readonly stack: DisposeStack;
  readonly leave: () => Promise<void>;
  readonly ask: Ask;
}

function toAgent({ peer, prefix, stack, leave, ask }: AgentParts): CodexAgent {
  const toolName = (rawName: string): string => `${prefix}${rawName}`;
  return {
    peer,
    toolName,
    call: (rawName, args, answer) => ask(peer, { name: toolName(rawName), arguments: args }, answer),
    leave,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

let calls = 0;

/** Questions are requests to the agent. */
const askLegacy: Ask = async (peer, params, answer) => {
  calls += 1;
  const id = `call-${calls}`;
  const questions: RawResult[] = [];
  await peer.send({ jsonrpc: "2.0", id, method: "tools/call", params });
  for (;;) {
    const message: RawMessage = await peer.nextMessage(
      (each) => each.method === "elicitation/create" || (each.id === id && each.method === undefined),
      startLimitMs,
    );
    if (message.method === undefined) return { questions, response: message as RawResponse<RawResult> };
    questions.push(message.params as RawResult);
    await peer.send({ jsonrpc: "2.0", id: message.id, result: answer });
  }
};

/** Questions come in the place of the answer, and the call is repeated with what they are answered with. */
const askModern: Ask = async (peer, params, answer) => {
  const questions: RawResult[] = [];
  let round: object = params;
  for (;;) {
    const response = await peer.request("tools/call", round, { timeoutMs: startLimitMs });
    const { resultType, inputRequests = {}, requestState } = response.result ?? {};
    if (resultType !== "input_required") return { questions, response };
    const asked = inputRequests as Record<string, { readonly params: RawResult }>;
    questions.push(...Object.values(asked).map((question) => question.params));
    const inputResponses = Object.fromEntries(Object.keys(asked).map((key) => [key, answer]));
    round = { ...params, inputResponses, ...(requestState === undefined ? {} : { requestState }) };
  }
};

async function faceOf(gateway: RawClient, { home }: CodexSite): Promise<{ url: string; token: string }> {
  const url = await waitUntil(() => /listening on (http:\S+)/.exec(gateway.stderr())?.[1], {
    withinMs: callLimitMs,
    what: () => `The gateway's address. It says: ${gateway.stderr()}`,
  });
  return { url, token: (await readFile(home.folder.file("gateway-token"), "utf8")).trim() };
}

async function endOf(gateway: RawClient): Promise<void> {
  const { code } = await gateway.exited;
  if (code !== 0) throw new Error(`serve ended with code ${code}: ${gateway.stderr()}`);
}
