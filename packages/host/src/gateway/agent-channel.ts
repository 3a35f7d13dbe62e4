import { type StopReport, type StopTimes, settlesWithinMs } from "@fairlead/core";
import type { HostOptions } from "../orchestrator/host.js";
import type { StartGate } from "../orchestrator/start-gate.js";
import { AgentSession } from "./agent-session.js";

/** What an attaching agent's process says about itself. */
export interface AgentHello {
  /** The folder the agent was started in, as its own machine spells it. */
  readonly cwd?: string | undefined;
}

/** One agent's line. Whoever connected it owns it: {@link end} when the agent stops talking, or {@link close}. */
export interface AgentChannel extends AsyncDisposable {
  /** Takes bytes from the agent. */
  push(chunk: Uint8Array): void;
  /**
   * The agent has said its last: answers that are due go out, the rest is cancelled.
   * @returns settles once what can be told was written; servers are then to be let go of with {@link close}
   */
  end(): Promise<void>;
  /** Settles when the agent can no longer be written to. */
  readonly broken: Promise<void>;
  /** Stops the agent's servers. */
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]>;
}

/** What a channel is made of. */
export interface AgentChannelOptions extends HostOptions {
  readonly gate: StartGate;
  readonly hello: AgentHello;
  readonly send: (bytes: Uint8Array) => Promise<void>;
  readonly onClosed: () => void;
}

/** Calls under way when an agent closes its line get so long to be answered: pipes ask and close at once. */
const lastAnswersMs = 500;
/** How long the last answers may take to be written. */
const lastWritesMs = 250;

/** Connects an agent: `connectAgent` of the host, with everything that the host shares between agents. */
export function connectAgentTo(options: AgentChannelOptions): AgentChannel {
  const session = new AgentSession(options);
  let closing: Promise<readonly StopReport[]> | undefined;
  const close = (times?: Partial<StopTimes>): Promise<readonly StopReport[]> => {
    closing ??= session.close(times).finally(() => options.onClosed());
    return closing;
  };
  return {
    push: (chunk) => session.peer.push(chunk),
    broken: session.broken,
    async end() {
      session.peer.end();
      await settlesWithinMs(session.answersDue(), lastAnswersMs);
      session.cancelAll();
      await settlesWithinMs(session.peer.flushed(), lastWritesMs);
    },
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}
