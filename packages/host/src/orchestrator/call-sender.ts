import { canceledError, isFairleadError, settlesWithinMs, untilAborted } from "@fairlead/core";
import type { CallAnswer, McpCall } from "@fairlead/mcp";
import { type CallQueue, createCallQueue } from "./call-queue.js";
import type { Member } from "./member.js";
import type { ServerDefinition } from "./server-definition.js";
import type { ServerRun } from "./server-run.js";
import type { ServerSupervisor } from "./server-supervisor.js";

/** A server that has ended is listened to for a moment longer before it counts as lost. */
const endingMs = 1_000;

/** Brings the calls to one copy of a server to the run that is up, one at a time where its definition wants that. */
export class CallSender {
  readonly #supervisor: Pick<ServerSupervisor, "up" | "isCurrent">;
  #definition: ServerDefinition;
  #queue: CallQueue | undefined;

  constructor(supervisor: Pick<ServerSupervisor, "up" | "isCurrent">, definition: ServerDefinition) {
    this.#supervisor = supervisor;
    this.#definition = definition;
    this.#queue = queueOf(definition);
  }

  /** Goes by another definition from now on. */
  redefine(definition: ServerDefinition): void {
    const former = this.#definition;
    this.#definition = definition;
    // Calls that wait in the former queue keep their order; it is theirs to the end.
    if (former.supportsParallelToolCalls !== definition.supportsParallelToolCalls) {
      this.#queue = queueOf(definition);
    }
  }

  /** Sends a call, once more if it came to a run that was ending already. @throws FairleadError of the start or the call */
  async send(member: Member, call: McpCall): Promise<CallAnswer> {
    const { signal } = call;
    const isQueued = this.#queue !== undefined && call.method === "tools/call";
    const endTurn = isQueued ? await this.#queue?.turn(signal) : undefined;
    try {
      const run = await this.up(signal);
      try {
        return await run.request(member, call);
      } catch (thrown) {
        if (!(await this.#wasTooLate(run, thrown))) throw thrown;
      }
      return await (await this.up(signal)).request(member, call);
    } finally {
      endTurn?.();
    }
  }

  /** The run that takes calls, which is started for this one if there is none. */
  async up(signal: AbortSignal | undefined): Promise<ServerRun> {
    const what = `The call to ${this.#definition.name}`;
    // Nothing is started for a call that nobody waits for any more.
    if (signal?.aborted === true) throw canceledError(signal, what);
    return untilAborted(this.#supervisor.up(true), signal, what);
  }

  /** Whether a call was never sent because its run was ending already: the next one can take it. */
  async #wasTooLate(run: ServerRun, thrown: unknown): Promise<boolean> {
    const isUnsent = isFairleadError(thrown) && thrown.code === "unavailable" && thrown.effect === "none";
    if (!isUnsent || run.transport !== "stdio") return false;
    await settlesWithinMs(run.over, endingMs);
    return !this.#supervisor.isCurrent(run);
  }
}

function queueOf({ name, supportsParallelToolCalls }: ServerDefinition): CallQueue | undefined {
  if (supportsParallelToolCalls !== false) return undefined;
  return createCallQueue(`A call that waited for its turn at ${name}`);
}
