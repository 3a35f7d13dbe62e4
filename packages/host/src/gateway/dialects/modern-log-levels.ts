import { isLogWanted, type LogLevel } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { RouteContext } from "../route.js";
import { passLogLevel } from "../routes/logging.js";

interface ServerLevel {
  readonly level: LogLevel;
  readonly told: Promise<void>;
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

  /** Makes sure that the server tells what a request wants; settles once it has been told. */
  async want(server: AgentServer, level: LogLevel | undefined): Promise<void> {
    if (level === undefined || !server.announces("logging")) return;
    const known = this.#levels.get(server);
    if (known !== undefined && isLogWanted(level, known.level)) return known.told;
    const told = this.#tell(server, level);
    this.#levels.set(server, { level, told });
    return told;
  }

  #tell(server: AgentServer, level: LogLevel): Promise<void> {
    return passLogLevel(Buffer.from(JSON.stringify({ level })), server, this.#warn);
  }
}
