import { buildNotification, type ScannedNotification, scanMessage } from "@fairlead/mcp";
import type { AgentServer } from "../orchestrator/agent-server.js";
import type { StartupSummary } from "../orchestrator/host-event.js";

/** Tells one agent which of its servers a person should log in to, as log messages of level `warning`. */
export interface LoginWarnings {
  /** Its servers were started: those that wait for a person are told, and those that offer a login. */
  started(summary: Pick<StartupSummary, "failed">): void;
  /** A server came up without the login that it offers. It is told of once. */
  offered(server: string, text: string): void;
}

/** Who is told, and of what. */
export interface LoginWarningsOptions {
  /** What is known to be offered, in words with the line to type, by server. @default nothing */
  readonly offers: ReadonlyMap<string, string> | undefined;
  /** Those of the agent, now. */
  readonly servers: () => readonly AgentServer[];
  readonly pass: (message: ScannedNotification, server: AgentServer) => void;
}

/** Makes it for one agent. */
export function createLoginWarnings({ offers, servers, pass }: LoginWarningsOptions): LoginWarnings {
  const offered = new Set<string>();
  const tell = (name: string, text: string): boolean => {
    const server = servers().find((known) => known.name === name);
    const message = scanMessage(logMessage(name, text));
    if (server === undefined || message.kind !== "notification") return false;
    pass(message, server);
    return true;
  };
  const tellOffer = (name: string, text: string): void => {
    if (!offered.has(name) && tell(name, text)) offered.add(name);
  };
  return {
    started({ failed }) {
      for (const { server, reason, message } of failed) {
        if (reason === "login_required" || reason === "reauthentication_required") tell(server, message);
      }
      for (const [name, text] of offers ?? []) tellOffer(name, text);
    },
    offered: tellOffer,
  };
}

function logMessage(server: string, text: string): Buffer {
  const params = { level: "warning", logger: `fairlead/${server}`, data: text };
  return buildNotification({
    method: "notifications/message",
    paramsRaw: Buffer.from(JSON.stringify(params)),
  });
}
