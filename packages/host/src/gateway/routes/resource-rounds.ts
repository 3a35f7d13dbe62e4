import { createHash } from "node:crypto";
import { type CallAnswer, readInputAnswers, withoutInputAnswers } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { readText } from "../raw-params.js";

/** Askers that are remembered; one more forgets the one that asked longest ago, and its read begins anew. */
const maxAskers = 128;

/** One server to ask, and with what. */
export interface ReadTry {
  readonly server: AgentServer;
  readonly params: Buffer | undefined;
}

/**
 * Which server asked a modern agent something before it gives a resource. Where several may have the resource, the agent's
 * answers and the server's state are for that one, and for nobody else.
 */
export class ResourceRounds {
  /** Names of servers by what {@link keyOf} gives. */
  readonly #askers = new Map<string, string>();

  /** Gives whom to ask in turn. Who refused before another one asked is not asked again when the agent answers. */
  triesOf(uri: string, params: Buffer | undefined, owners: readonly AgentServer[]): readonly ReadTry[] {
    const answers = params === undefined ? undefined : readInputAnswers(params);
    const asker = answers === undefined ? undefined : this.#askers.get(keyOf(uri, answers.requestState));
    const isFirstRound = params === undefined || answers === undefined;
    // The only one that it can be for knows best whether it asked.
    if (isFirstRound || (asker === undefined && owners.length === 1)) {
      return owners.map((server) => ({ server, params }));
    }
    const bare = withoutInputAnswers(params);
    const first = owners.findIndex(({ name }) => name === asker);
    return owners
      .slice(Math.max(first, 0))
      .map((server) => ({ server, params: server.name === asker ? params : bare }));
  }

  /** Notes what a server answered. */
  note(uri: string, server: AgentServer, answer: CallAnswer): void {
    if (answer.kind === "error" || readText(answer.result, ["resultType"]) !== "input_required") return;
    const key = keyOf(uri, readText(answer.result, ["requestState"]));
    this.#askers.delete(key);
    this.#askers.set(key, server.name);
    const [oldest] = this.#askers.keys();
    if (this.#askers.size > maxAskers && oldest !== undefined) this.#askers.delete(oldest);
  }
}

/** As long for a long state as for a short one. */
function keyOf(uri: string, state: string | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify([uri, state ?? null]))
    .digest("base64");
}
