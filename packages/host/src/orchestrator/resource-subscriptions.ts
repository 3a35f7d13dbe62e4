import type { CallAnswer } from "@fairlead/mcp";
import { type CallQueue, createCallQueue } from "./call-queue.js";
import type { Member } from "./member.js";

/** Makes the call upstream. */
export type SendCall = () => Promise<CallAnswer>;

/**
 * Who wants to be told of which resource. The server is asked once for the first and once for the last of those who share
 * it; calls about one URI are made one after the other, so that their order cannot leave it wrong.
 */
export class ResourceSubscriptions {
  readonly #members: ReadonlySet<Member>;
  readonly #turns = new Map<string, { readonly queue: CallQueue; waiting: number }>();

  constructor(members: ReadonlySet<Member>) {
    this.#members = members;
  }

  /** Every URI that somebody wants to be told of. */
  get uris(): ReadonlySet<string> {
    return new Set([...this.#members].flatMap((member) => [...member.uris]));
  }

  /** Subscribes a member; what the server refuses is not noted. @throws FairleadError as `send`, or if aborted */
  subscribe(member: Member, uri: string, options: { signal?: AbortSignal | undefined; send: SendCall }) {
    return this.#inTurn(uri, options.signal, async () => {
      const isKnown = !this.#isAlone(member) && this.#isWantedBeside(uri, undefined);
      const answer = isKnown ? emptyResult : await options.send();
      if (answer.kind === "result" && !member.isLeaving) member.uris.add(uri);
      return answer;
    });
  }

  /** Takes a member's subscription back; the server is told if it was the last one. @throws FairleadError as `send` */
  unsubscribe(member: Member, uri: string, options: { signal?: AbortSignal | undefined; send: SendCall }) {
    return this.#inTurn(uri, options.signal, async () => {
      member.uris.delete(uri);
      return this.#isWantedBeside(uri, member) ? emptyResult : options.send();
    });
  }

  /**
   * Takes everything back that a member wanted.
   * @param send makes the call for a URI that nobody else wants
   */
  async leave(member: Member, send: (uri: string) => Promise<CallAnswer>): Promise<void> {
    const uris = [...member.uris];
    await Promise.all(
      uris.map((uri) =>
        this.#inTurn(uri, undefined, async () => {
          member.uris.delete(uri);
          return this.#isWantedBeside(uri, member) ? emptyResult : send(uri);
        }),
      ),
    );
  }

  #isAlone(member: Member): boolean {
    return this.#members.size === 1 && this.#members.has(member);
  }

  #isWantedBeside(uri: string, member: Member | undefined): boolean {
    for (const other of this.#members) if (other !== member && other.uris.has(uri)) return true;
    return false;
  }

  async #inTurn(
    uri: string,
    signal: AbortSignal | undefined,
    run: () => Promise<CallAnswer>,
  ): Promise<CallAnswer> {
    const turns = this.#turns.get(uri) ?? { queue: createCallQueue(`Subscribing to ${uri}`), waiting: 0 };
    this.#turns.set(uri, turns);
    turns.waiting += 1;
    try {
      const leave = await turns.queue.turn(signal);
      try {
        return await run();
      } finally {
        leave();
      }
    } finally {
      turns.waiting -= 1;
      if (turns.waiting === 0) this.#turns.delete(uri);
    }
  }
}

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };
