import type { Socket } from "node:net";

/** What is to be said to the people behind attached agents, whose relays listen on lines of their own. */
export interface AgentWords {
  /** Gives what says a line to an agent's people; it waits until they listen. */
  say(agent: string): SayToAgent;
  /** Owns the connection from here on. */
  listen(agent: string, socket: Socket): void;
  /** The agent has gone: nothing is said to it any more. */
  forget(agent: string): void;
}

/** @param exitCode what the relay is to end with, where this line is the reason; the agent is let go of then */
export type SayToAgent = (text: string, exitCode?: number) => void;

/** Lines that wait for a listener, at most; agents of other programs than ours may never listen. */
const waitingLines = 100;

/** Makes it with nobody to talk to. */
export function createAgentWords(): AgentWords {
  const waiting = new Map<string, string[]>();
  const listeners = new Map<string, Socket>();
  return {
    say(agent) {
      waiting.set(agent, []);
      return (text, exitCode) => {
        const lines = waiting.get(agent);
        if (lines === undefined) return;
        const said = { jsonrpc: "2.0", method: "attach/said", params: { text, exitCode } };
        const line = `${JSON.stringify(said)}\n`;
        const listener = listeners.get(agent);
        if (listener?.writable === true) listener.write(line);
        else waiting.set(agent, [...lines, line].slice(-waitingLines));
      };
    },
    listen(agent, socket) {
      const lines = waiting.get(agent);
      if (lines === undefined) {
        socket.end();
        return;
      }
      listeners.set(agent, socket);
      socket.on("close", () => {
        if (listeners.get(agent) === socket) listeners.delete(agent);
      });
      // Its end is seen only if somebody reads.
      socket.on("end", () => socket.end()).resume();
      for (const line of lines) socket.write(line);
      waiting.set(agent, []);
    },
    forget(agent) {
      waiting.delete(agent);
      listeners.get(agent)?.end();
      listeners.delete(agent);
    },
  };
}
