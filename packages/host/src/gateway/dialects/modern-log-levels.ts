import { settlesWithinMs } from "@fairlead/core";
import { isLogWanted, type LogLevel } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { RouteContext } from "../route.js";
import { logLevelPatienceMs, passLogLevel } from "../routes/logging.js";

interface ServerLevel {
  readonly level: LogLevel;
  /** Settles once the server was told, or has taken too long. */
  readonly told: Promise<unknown>;
}

/**
 * The log levels that a modern agent's requests bring to legacy servers. Those know one level for everything, so each is
 * told the most talkative one that was ever wanted; what a single request does not want is left out on the way back.
 */
export class ModernLogLevels {
  readonly #warn: RouteContext["warn"];
  readonly #levels = new WeakMap<AgentServer, ServerLevel>();

  constructor(warn: RouteContext["warn"]) {
    this.#warn = warn;
  }

  /** Makes sure that the server tells what a request wants; settles once it was told, or has taken too long to agree. */
  async want(server: AgentServer, level: LogLevel | undefined): Promise<void> {
    if (level === undefined || !server.announces("logging")) return;
    const known = this.#levels.get(server);
    const isKnown = known !== undefined && isLogWanted(level, known.level);
    await (isKnown ? known.told : this.#tell(server, level));
  }

  #tell(server: AgentServer, level: LogLevel): Promise<unknown> {
    const telling = passLogLevel(Buffer.from(JSON.stringify({ level })), server, this.#warn);
    // What is asked of the server later comes behind this all the same.
    const told = { level, told: settlesWithinMs(telling, logLevelPatienceMs) };
    this.#levels.set(server, told);
    void telling.then((isDone) => {
      if (!isDone && this.#levels.get(server) === told) this.#levels.delete(server);
    });
    return told.told;
  }
}
