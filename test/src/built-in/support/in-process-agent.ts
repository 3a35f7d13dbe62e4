import type { AgentChannel, Host } from "@fairlead/host";
import { createLineSplitter } from "@fairlead/mcp";

/** One message as JSON-RPC has it. */
export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** An agent in this process, connected to a host by lines. */
export interface InProcessAgent extends AsyncDisposable {
  /** Sends a request and waits for its answer. @param cancelled aborts it */
  ask(method: string, params?: object, cancelled?: Promise<unknown>): Promise<Message>;
  /** Calls a tool of the merged endpoint. @returns its result */
  call(tool: string, args?: object): Promise<Readonly<Record<string, unknown>>>;
  /** The messages of the questions that were asked so far. */
  readonly questions: string[];
}

/** Connects and initializes. @param answer what the user chooses, for each question; undefined: the agent cannot be asked */
export async function connectInProcessAgent(
  host: Host,
  answer?: (question: string) => string,
): Promise<InProcessAgent> {
  const waiting = new Map<unknown, (message: Message) => void>();
  const questions: string[] = [];
  let nextId = 0;
  const splitter = createLineSplitter({
    maxLineBytes: 64 * 1024 * 1024,
    onOversize: () => {},
    onLine: (line) => {
      const message = JSON.parse(line.toString()) as Message;
      if (message.method === undefined) waiting.get(message.id)?.(message);
      if (message.method === "elicitation/create") {
        const question = String(message.params?.["message"]);
        questions.push(question);
        const content = { decision: answer?.(question) };
        send({ id: message.id, result: { action: "accept", content } });
      }
    },
  });
  const channel: AgentChannel = host.connectAgent({}, async (bytes) => splitter.push(bytes));
  const send = (message: object): void => {
    channel.push(Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
  };
  const ask: InProcessAgent["ask"] = (method, params = {}, cancelled) => {
    nextId += 1;
    const id = nextId;
    return new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      send({ id, method, params });
      void cancelled?.then(() => {
        send({ method: "notifications/cancelled", params: { requestId: id } });
        reject(new Error("The agent took it back"));
      });
    });
  };
  await ask("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: answer === undefined ? {} : { elicitation: {} },
    clientInfo: { name: "test-agent", version: "1" },
  });
  send({ method: "notifications/initialized" });
  return {
    ask,
    questions,
    async call(name, args = {}) {
      const { result, error } = await ask("tools/call", { name, arguments: args });
      if (result === undefined) throw new Error(error?.message);
      return result;
    },
    [Symbol.asyncDispose]: async () => void (await channel.close()),
  };
}
