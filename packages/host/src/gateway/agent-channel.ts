import {
  createDeferred,
  type FairleadError,
  type StopReport,
  type StopTimes,
  settlesWithinMs,
} from "@fairlead/core";
import {
  buildErrorResponse,
  createLineSplitter,
  type MessageId,
  type ProbedEnvelope,
  rpcErrorCodes,
  scanMessage,
} from "@fairlead/mcp";
import { createAgentOutbox } from "./agent-outbox.js";
import type { AgentSession, AgentSessionOptions } from "./agent-session-port.js";

/** One agent's line. Whoever connected it owns it: {@link end} when the agent stops talking, or {@link close}. */
export interface AgentChannel extends AsyncDisposable {
  /** Takes bytes from the agent. */
  push(chunk: Uint8Array): void;
  /**
   * The agent has said its last: answers that are due go out, the rest is cancelled.
   * @returns settles once what can be told was written; servers are then to be let go of with {@link close}
   */
  end(): Promise<void>;
  /** Settles when the agent is to be let go of: with the reason if it reads too slowly, else it can be written to no longer. */
  readonly broken: Promise<FairleadError | undefined>;
  /** As {@link AgentSession.externalContextUsed}. */
  readonly externalContextUsed: boolean;
  /** Stops the agent's servers. */
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]>;
}

/** What a channel is made of. */
export interface AgentChannelOptions extends Omit<AgentSessionOptions, "standing"> {
  /** Longest line that is read, in bytes. @default 64 MiB */
  readonly maxMessageBytes: number | undefined;
  readonly send: (bytes: Uint8Array) => Promise<void>;
  openSession(options: AgentSessionOptions): AgentSession;
}

/** Calls under way when an agent closes its line get so long to be answered: pipes ask and close at once. */
const lastAnswersMs = 500;
/** How long the last answers may take to be written. */
const lastWritesMs = 250;

/** Connects an agent that speaks in lines: JSON-RPC, one message a line, both ways. */
export function openAgentChannel(options: AgentChannelOptions): AgentChannel {
  const broken = createDeferred<FairleadError | undefined>();
  const outbox = createAgentOutbox({
    send: options.send,
    onBroken: () => broken.resolve(undefined),
    budget: () => session.egress,
  });
  const session = options.openSession({ ...options, standing: outbox });
  void session.evicted.then((error) => broken.resolve(error));

  const refuse = (id: MessageId | undefined, code: number, message: string): void => {
    outbox.push(buildErrorResponse({ idRaw: id?.raw ?? "null", code, message }));
  };
  /** The question that such a message was to answer fails; the agent waits for nothing, so it is told nothing. */
  const failsQuestion = ({ id, hasMethod }: ProbedEnvelope, why: string): boolean =>
    id !== undefined && !hasMethod && session.settleBroken(id, why);
  const take = (line: Buffer): void => {
    const message = scanMessage(line);
    switch (message.kind) {
      case "request":
        void session.serve(message, { sink: outbox });
        return;
      case "notification":
        return session.note(message);
      case "result":
      case "error":
        return session.settle(message);
      case "invalid": {
        if (failsQuestion(message, message.text)) return;
        const code = message.problem === "not_json" ? -32700 : rpcErrorCodes.invalidRequest;
        return refuse(message.id, code, `This line is no JSON-RPC message: ${message.text}`);
      }
    }
  };
  const splitter = createLineSplitter({
    maxLineBytes: options.maxMessageBytes,
    onLine: take,
    onOversize: ({ id, hasMethod, sizeBytes }) => {
      const why = `has ${sizeBytes} bytes, which is more than max_message_bytes allows`;
      if (failsQuestion({ id, hasMethod }, `it ${why}`) || id === undefined || !hasMethod) return;
      refuse(id, rpcErrorCodes.invalidRequest, `This message ${why}`);
    },
  });
  const close = async (times?: Partial<StopTimes>): Promise<readonly StopReport[]> => {
    const reports = session.close(times);
    outbox.close();
    return reports;
  };
  return {
    push: (chunk) => splitter.push(chunk),
    broken: broken.promise,
    get externalContextUsed() {
      return session.externalContextUsed;
    },
    async end() {
      splitter.end();
      await settlesWithinMs(session.answersDue(), lastAnswersMs);
      session.cancelAll();
      await settlesWithinMs(outbox.flushed(), lastWritesMs);
    },
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}
