import { type FairleadError, settlesWithinMs } from "@fairlead/core";
import type { AgentChannel, Host, StartupSummary } from "@fairlead/host";
import type { AttachedLine } from "../control/control-server.js";
import type { AgentView } from "./agent-view.js";

/** What an attached agent is served with. */
export interface AttachedHello {
  readonly cwd: string;
  /** The one server that it speaks to. @default all, merged */
  readonly server: string | undefined;
  readonly view: AgentView;
  /** Told how the start of its servers went. */
  readonly onStartup?: ((summary: StartupSummary) => void) | undefined;
  /** Told why it is let go of, where it is not itself that goes, before its connection ends. */
  readonly onEvicted?: ((error: FairleadError) => void) | undefined;
}

/** The agents of a hub that came by a relay. */
export interface AttachedAgents {
  readonly count: number;
  /** Called after every arrival and departure. */
  onChange: () => void;
  /** Owns the connection from here on: it ends with the agent, and the other way round. */
  take(line: AttachedLine, hello: AttachedHello): void;
  /** Lets go of all of them, and settles once their servers are. */
  close(): Promise<void>;
}

/** What waits for an agent when the hub ends has so long to be read. */
const drainMs = 2_000;

/** Makes an empty set over a host. */
export function createAttachedAgents(host: Host): AttachedAgents {
  const open = new Map<AgentChannel, () => void>();
  const leaving = new Set<Promise<unknown>>();

  const agents: AttachedAgents = {
    get count() {
      return open.size;
    },
    onChange: () => {},
    take({ socket, early }, hello) {
      const send = (bytes: Uint8Array): Promise<void> =>
        new Promise((resolve, reject) => {
          socket.write(bytes, (error) => (error == null ? resolve() : reject(error)));
        });
      const channel = host.connectAgent(hello, send);
      const leave = (): void => {
        if (!open.delete(channel)) return;
        const closing = channel.close().catch(() => {});
        leaving.add(closing);
        void closing.then(() => leaving.delete(closing));
        agents.onChange();
      };
      open.set(channel, () => socket.destroy());
      socket.on("data", (chunk) => channel.push(chunk));
      socket.on("end", () => {
        // What is due is written before the line ends; the servers may take their time after it.
        void channel.end().then(() => socket.end());
      });
      socket.on("close", leave);
      void channel.broken.then((error) => {
        if (error !== undefined) hello.onEvicted?.(error);
        socket.destroy();
      });
      if (early.length > 0) channel.push(early);
      socket.resume();
      agents.onChange();
    },
    async close() {
      const parting = [...open].map(async ([channel, destroy]) => {
        // What is due is written first; an agent that does not read it must not keep the others waiting.
        await settlesWithinMs(channel.end(), drainMs);
        const closing = channel.close();
        destroy();
        await closing;
      });
      await Promise.allSettled([...parting, ...leaving]);
    },
  };
  return agents;
}
