import type { SeededRandom } from "@fairlead/testkit";
import type { Ledger } from "./ledger.js";
import { LoadWire, type WireMessage } from "./load-wire.js";

/** Where an agent goes, and which servers it finds there. */
export interface LoadAgentOptions {
  readonly url: string;
  readonly token: string;
  readonly marker: string;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  /** Names of servers that everybody uses. */
  readonly shared: readonly string[];
  /** Names of servers of which each agent has its own copy. */
  readonly own: readonly string[];
}

/** What a tiny server tells about a call. */
interface Told {
  readonly name: string;
  readonly pid: number;
  readonly said: string;
  readonly speakers: number;
}

interface Call {
  readonly server: string;
  readonly tool: "echo" | "note" | "ask";
  /** Reports of progress before the result. */
  readonly steps: number;
  /** Whether it is made without the session, as agents of the newer era do. */
  readonly isModern?: boolean;
}

const metaPrefix = "io.modelcontextprotocol/";
const modernVersion = "2026-07-28";

/** An agent that calls, is asked, is told, and checks that all of it is its own. */
export class LoadAgent {
  readonly #options: LoadAgentOptions;
  readonly #wire: LoadWire;
  readonly #seenSteps = new Map<string, number>();
  #lastToken = 0;

  constructor(options: LoadAgentOptions) {
    const { url, token } = options;
    this.#options = options;
    this.#wire = new LoadWire({
      url,
      token,
      onMessage: (message, text) => this.#hear(message, text),
      onComplaint: (text) => this.#complain(text),
    });
  }

  /** Opens a session. */
  async join(): Promise<void> {
    await this.#wire.open({ capabilities: { elicitation: {} }, clientInfo: this.#self() });
    const { message, text } = await this.#wire.request("logging/setLevel", { level: "debug" });
    if (message.error !== undefined) this.#complain(`logging/setLevel: ${text}`);
    this.#options.ledger.counts.arrival += 1;
  }

  /** Ends the session. */
  leave(): Promise<void> {
    return this.#wire.close();
  }

  /** Calls every server once, so that all of them run. */
  async callAll(): Promise<void> {
    const { shared, own } = this.#options;
    for (const server of [...shared, ...own]) await this.#call({ server, tool: "echo", steps: 0 });
  }

  /** Makes one call, of a kind that chance decides. */
  act(): Promise<void> {
    const { random, shared, own } = this.#options;
    const steps = random.integer(0, 3);
    if (random.chance(0.5)) {
      return this.#call({ server: random.pick(own), tool: random.pick(["echo", "note", "ask"]), steps });
    }
    return this.#call({ server: random.pick(shared), tool: "echo", steps, isModern: random.chance(0.2) });
  }

  async #call(call: Call): Promise<void> {
    const { marker, ledger } = this.#options;
    this.#lastToken += 1;
    // Other agents have the same tokens, as they have the same ids.
    const progressToken = `token-${this.#lastToken}`;
    this.#seenSteps.set(progressToken, 0);
    const name = `${call.server}__${call.tool}`;
    const { meta, headers } = call.isModern === true ? this.#envelope(name) : {};
    const params = {
      name,
      arguments: { marker, steps: call.steps },
      _meta: { ...meta, progressToken },
    };
    const { message, text } = await this.#wire.request("tools/call", params, headers);
    ledger.receive(call.isModern === true ? "modern result" : "result", text, marker);
    const told = message.result?.["structuredContent"] as Told | undefined;
    if (told === undefined) this.#complain(`${name} gave no result: ${text}`);
    else this.#check(told, call);
    const seen = this.#seenSteps.get(progressToken);
    if (seen !== call.steps) this.#complain(`${name}: ${seen} of ${call.steps} steps came before the result`);
    this.#seenSteps.delete(progressToken);
  }

  #check(told: Told, { server }: Call): void {
    const { marker, ledger, own } = this.#options;
    if (told.name !== server) this.#complain(`${server} was called, ${told.name} answered`);
    if (told.said !== marker) this.#complain(`${server} heard ${told.said}`);
    if (own.includes(server) && told.speakers !== 1) {
      this.#complain(`its own copy of ${server} has ${told.speakers} speakers`);
    }
    const copies = ledger.copies.get(server) ?? new Map<string, Set<number>>();
    ledger.copies.set(server, copies);
    copies.set(marker, (copies.get(marker) ?? new Set()).add(told.pid));
  }

  #hear(message: WireMessage, text: string): void {
    const { marker, ledger } = this.#options;
    switch (message.method) {
      case "notifications/progress":
        ledger.receive("progress", text, marker);
        return this.#countStep(message, text);
      case "notifications/message":
        return ledger.receive("log", text, marker);
      case "elicitation/create": {
        ledger.receive("question", text, marker);
        const result = { action: "accept", content: { said: marker } };
        this.#wire.send({ id: message.id, result }).catch((error: unknown) => this.#complain(String(error)));
        return;
      }
      case "notifications/tools/list_changed":
        return;
      default:
        return this.#complain(`unexpected: ${text}`);
    }
  }

  #countStep({ params }: WireMessage, text: string): void {
    const token = String(params?.["progressToken"]);
    const seen = this.#seenSteps.get(token);
    if (seen === undefined) return this.#complain(`progress of no call of its own: ${text}`);
    if (params?.["progress"] !== seen + 1) this.#complain(`progress out of order: ${text}`);
    this.#seenSteps.set(token, seen + 1);
  }

  #envelope(name: string): { meta: object; headers: Record<string, string> } {
    return {
      meta: {
        [`${metaPrefix}protocolVersion`]: modernVersion,
        [`${metaPrefix}clientInfo`]: this.#self(),
        [`${metaPrefix}clientCapabilities`]: {},
      },
      headers: { "mcp-protocol-version": modernVersion, "mcp-method": "tools/call", "mcp-name": name },
    };
  }

  #self(): object {
    return { name: this.#options.marker, version: "1" };
  }

  #complain(text: string): void {
    this.#options.ledger.complain(`${this.#options.marker}: ${text}`);
  }
}
