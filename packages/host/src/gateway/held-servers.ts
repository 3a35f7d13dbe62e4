import { type StopReport, type StopTimes, toFairleadError } from "@fairlead/core";
import type { AgentServer } from "../orchestrator/agent-server.js";
import type { ServerDefinition } from "../orchestrator/server-definition.js";

/** What a change of the configuration made of an agent's servers. */
export interface ServerExchange {
  /** Attached by it, not yet started. */
  readonly come: readonly AgentServer[];
  /** Whether anything at all is different for the agent, its policies included. */
  readonly isOther: boolean;
}

/** An agent's hold on its servers: those that it uses, and those that it was let go of while they finish their calls. */
export class HeldServers {
  readonly #attach: (definition: ServerDefinition) => AgentServer;
  readonly #warn: (server: string, text: string) => void;
  readonly #retiring = new Map<AgentServer, Promise<StopReport | undefined>>();
  #current: readonly AgentServer[];

  constructor(
    definitions: readonly ServerDefinition[],
    attach: (definition: ServerDefinition) => AgentServer,
    warn: (server: string, text: string) => void,
  ) {
    this.#attach = attach;
    this.#warn = warn;
    this.#current = definitions.map(attach);
  }

  /** Those that the agent uses, in the order of configuration. */
  get current(): readonly AgentServer[] {
    return this.#current;
  }

  /** Takes other definitions: what has the same object runs on, and so does what is launched the same. */
  exchange(definitions: readonly ServerDefinition[]): ServerExchange {
    const gone = new Map(this.#current.map((server) => [server.name, server]));
    const come: AgentServer[] = [];
    let isOther = false;
    this.#current = definitions.map((definition) => {
      const former = gone.get(definition.name);
      const isSame = former?.definition === definition;
      isOther ||= !isSame;
      if (former !== undefined && (isSame || former.redefine(definition))) {
        gone.delete(definition.name);
        return former;
      }
      const server = this.#attach(definition);
      come.push(server);
      return server;
    });
    // Calls under way are finished by the copy that they were made at.
    for (const server of gone.values()) this.#retire(server);
    return { come, isOther: isOther || gone.size > 0 };
  }

  /**
   * Lets go of all of them, and stops those that nobody else uses.
   * @returns what the stops found @throws what one of them threw, once all are done
   */
  async release(times: Partial<StopTimes> | undefined): Promise<readonly StopReport[]> {
    const releasing = this.#current.map((server) => server.release({ times }));
    const retiring = [...this.#retiring].map(async ([server, retired]) => {
      // Their calls were taken back, but whatever else they wait for would take its time.
      server.release({ times }).catch(() => {
        // The retirement told it.
      });
      return retired;
    });
    const outcomes = await Promise.allSettled([...releasing, ...retiring]);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    // What could be stopped has been by now.
    if (failed !== undefined) throw failed.reason;
    return outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" && outcome.value !== undefined ? [outcome.value] : [],
    );
  }

  #retire(server: AgentServer): void {
    const retiring = server.release({ whenIdle: true, isObsolete: true }).catch((thrown: unknown) => {
      this.#warn(server.name, `Its former copy did not stop well: ${toFairleadError(thrown).message}`);
      return undefined;
    });
    this.#retiring.set(server, retiring);
    void retiring.then(() => this.#retiring.delete(server));
  }
}
