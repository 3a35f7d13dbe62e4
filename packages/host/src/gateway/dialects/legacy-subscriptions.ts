import type { AgentServer } from "../../orchestrator/agent-server.js";
import { readText } from "../raw-params.js";
import type { ForwardedCall } from "../route.js";
import type { DialectSurroundings } from "./agent-dialect.js";

/** The resources that a legacy agent wants to be told of, so that a copy which a reload puts in another's place tells them too. */
export class LegacySubscriptions {
  readonly #surroundings: Pick<DialectSurroundings, "opened" | "peer" | "warn">;
  /** By URI, where the agent is subscribed. */
  readonly #servers = new Map<string, AgentServer>();

  constructor(surroundings: Pick<DialectSurroundings, "opened" | "peer" | "warn">) {
    this.#surroundings = surroundings;
  }

  /** The server that tells of a resource, or what a reload put in its place; undefined if there is none. */
  serverOf(uri: string | undefined): AgentServer | undefined {
    const noted = uri === undefined ? undefined : this.#servers.get(uri);
    return noted === undefined ? undefined : this.#current(noted.name);
  }

  /** Notes what a server agreed to; calls that are no subscriptions change nothing. */
  note(server: AgentServer, { method, params }: ForwardedCall): void {
    const isWanted = method === "resources/subscribe";
    const uri = isWanted || method === "resources/unsubscribe" ? readText(params, ["uri"]) : undefined;
    if (uri === undefined) return;
    const known = this.#servers.get(uri);
    if (isWanted) this.#servers.set(uri, server);
    else this.#servers.delete(uri);
    // A reload may have come in between: what the former copy agreed to is asked of its successor.
    if (!isWanted && known?.name === server.name && known !== server) void this.#ask(known, method, uri);
    const current = this.#current(server.name);
    if (isWanted && current?.connection !== undefined) this.renew(current);
  }

  /** Subscribes at a server that is up to what was subscribed to at its predecessor. */
  renew(server: AgentServer): void {
    for (const [uri, former] of this.#servers) {
      if (former === server || former.name !== server.name) continue;
      this.#servers.set(uri, server);
      void this.#subscribe(server, uri);
    }
  }

  #current(name: string): AgentServer | undefined {
    return this.#surroundings.opened()?.servers.find((server) => server.name === name);
  }

  async #subscribe(server: AgentServer, uri: string): Promise<void> {
    const isAgreed = await this.#ask(server, "resources/subscribe", uri);
    // Nobody told what happened to it between the two copies.
    if (!isAgreed || this.#servers.get(uri) !== server) return;
    this.#surroundings.peer.notify("notifications/resources/updated", uriParams(uri));
  }

  /** @returns whether the server agreed; what it says otherwise is only a warning */
  async #ask(server: AgentServer, method: string, uri: string): Promise<boolean> {
    const { warn } = this.#surroundings;
    try {
      const answer = await server.call({ method, params: uriParams(uri) });
      if (answer.kind === "result") return true;
      warn(server.name, `${method} was refused: ${answer.error.toString("utf8").slice(0, 512)}`);
    } catch (error) {
      warn(server.name, `${method} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    return false;
  }
}

function uriParams(uri: string): Buffer {
  return Buffer.from(JSON.stringify({ uri }));
}
