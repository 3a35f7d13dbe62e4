import { isAbsolute } from "node:path";
import { errorTable, FairleadError, isJsonObject } from "@fairlead/core";
import type { ControlMethod, LineTaker } from "../control/control-server.js";
import { plainText } from "../output/plain-text.js";
import { version } from "../version.js";
import { type AgentSurroundings, neededVariables } from "./agent-view.js";
import { createAgentWords, type SayToAgent } from "./agent-words.js";
import { type AttachedAgents, type AttachedHello, createAttachedAgents } from "./attached-agents.js";
import type { Serving } from "./open-serving.js";
import { eventLines } from "./tell-event.js";

/** The part of a host that takes in agents whose processes are only relays. */
export interface Hub {
  readonly methods: Readonly<Record<string, ControlMethod>>;
  readonly attach: LineTaker;
  readonly watch: LineTaker;
  readonly agents: AttachedAgents;
}

/** Makes it over a host. Each agent gets its servers as its own process would start them. */
export function createHub(serving: Serving): Hub {
  const agents = createAttachedAgents(serving.host);
  const words = createAgentWords();
  return {
    agents,
    methods: {
      "attach/offer": () => ({ version, needs: neededVariables(serving.config) }),
    },
    attach: (params) => {
      const hello = readHello(params);
      checkServer(serving, hello.server);
      const { cwd, server, agent } = hello;
      const view = serving.viewOf(hello);
      return (line) => {
        const told = agent === undefined ? {} : tellAgent(words.say(agent));
        agents.take(line, { cwd, server, view, ...told });
        if (agent !== undefined) line.socket.on("close", () => words.forget(agent));
      };
    },
    watch: ({ agent }) => {
      if (typeof agent !== "string" || agent === "") throw misuse("attach/watch needs agent, as in attach");
      return ({ socket }) => words.listen(agent, socket);
    },
  };
}

interface Hello extends AgentSurroundings {
  readonly server: string | undefined;
  /** Names the agent for `attach/watch`. @default it is told nothing */
  readonly agent: string | undefined;
}

function tellAgent(say: SayToAgent): Pick<AttachedHello, "onStartup" | "onEvicted"> {
  return {
    onStartup(summary) {
      for (const { message, reason } of summary.failed) say(plainText(`fairlead: ${message} [${reason}]`));
      for (const line of eventLines({ type: "startup-complete", ...summary })) say(line);
    },
    onEvicted: ({ message, code }) => say(`fairlead: ${message}`, errorTable[code].exit),
  };
}

function readHello({ cwd, env = {}, server, agent }: Readonly<Record<string, unknown>>): Hello {
  const isEnv = isJsonObject(env) && Object.values(env).every((value) => typeof value === "string");
  const isFolder = typeof cwd === "string" && isAbsolute(cwd);
  if (!isFolder || !isEnv || (server !== undefined && typeof server !== "string")) {
    throw misuse("attach needs cwd, an absolute path, and may have env and server");
  }
  const name = typeof agent === "string" && agent !== "" ? agent : undefined;
  return { cwd, env: env as Readonly<Record<string, string>>, server, agent: name };
}

function misuse(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}

function checkServer({ host }: Serving, server: string | undefined): void {
  const known = host.servers.map(({ name }) => name);
  if (server === undefined || known.includes(server)) return;
  throw new FairleadError(
    "not_found",
    `There is no server ${JSON.stringify(server)}; the hub has ${known.join(", ") || "none"}`,
    { reason: "server_unknown", effect: "none", details: { server } },
  );
}
