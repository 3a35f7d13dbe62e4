import type { StopReport, StopTimes } from "@fairlead/core";
import { type AgentChannel, type AgentHello, connectAgentTo } from "../gateway/agent-channel.js";
import type { HostEventHandler } from "./host-event.js";
import type { ServerDefinition } from "./server-definition.js";
import { createStartGate } from "./start-gate.js";

/** What a host is made of. */
export interface HostOptions {
  /** In the order of configuration, which decides where two servers offer the same. */
  readonly servers: readonly ServerDefinition[];
  readonly version: string;
  /** Longest name that an agent is shown, in bytes. @default 48 */
  readonly maxNameBytes?: number | undefined;
  /** Longest message that is read from an agent, in bytes. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  /**
   * How long a list waits for servers that are still starting, in milliseconds.
   * @default 30,000: a cold package runner takes about 15 s, and agents give up after 60 s
   */
  readonly listPatienceMs?: number | undefined;
  readonly onEvent?: HostEventHandler | undefined;
}

/** Many servers behind one endpoint. Closing it lets go of every agent and stops every server. */
export interface Host extends AsyncDisposable {
  /**
   * Connects one agent: bytes in, bytes out.
   * @param send writes to the agent; its promise is the back-pressure
   */
  connectAgent(hello: AgentHello, send: (bytes: Uint8Array) => Promise<void>): AgentChannel;
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]>;
}

/** Makes a host; nothing is started before an agent needs it. */
export function createHost(options: HostOptions): Host {
  const gate = createStartGate();
  const channels = new Set<AgentChannel>();
  const close = async (times?: Partial<StopTimes>): Promise<readonly StopReport[]> => {
    const reports = await Promise.all([...channels].map((channel) => channel.close(times)));
    return reports.flat();
  };
  return {
    connectAgent(hello, send) {
      const channel = connectAgentTo({
        ...options,
        gate,
        hello,
        send,
        onClosed: () => channels.delete(channel),
      });
      channels.add(channel);
      return channel;
    },
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}
