import type { AgentChannel, Host } from "@fairlead/host";
import type { AttachedLine } from "../control/control-server.js";

/** The agents of a hub that came by a relay. */
export interface AttachedAgents {
  readonly count: number;
  /** Called after every arrival and departure. */
  onChange: () => void;
  /** Owns the connection from here on: it ends with the agent, and the other way round. */
  take(line: AttachedLine, hello: { readonly cwd: string; readonly server: string | undefined }): void;
  /** Lets go of all of them, and settles once their servers are. */
  close(): Promise<void>;
}

/** Makes an empty set over a host. */
export function createAttachedAgents(host: Host): AttachedAgents {
  const open = new Map<AgentChannel, () => void>();
  const leaving = new Set<Promise<unknown>>();

  const agents: AttachedAgents = {
    get count() {
      return open.size;
    },
    onChange: () => {},
    take({ socket, early }, { cwd, server }) {
      const send = (bytes: Uint8Array): Promise<void> =>
        new Promise((resolve, reject) => {
          socket.write(bytes, (error) => (error == null ? resolve() : reject(error)));
        });
      const channel = host.connectAgent({ cwd, server }, send);
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
      void channel.broken.then(() => socket.destroy());
      if (early.length > 0) channel.push(early);
      socket.resume();
      agents.onChange();
    },
    async close() {
      for (const destroy of open.values()) destroy();
      const channels = [...open.keys()].map((channel) => channel.close());
      await Promise.allSettled([...channels, ...leaving]);
    },
  };
  return agents;
}
