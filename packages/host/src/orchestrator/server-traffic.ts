import { toFairleadError } from "@fairlead/core";
import {
  buildNotification,
  type CallAnswer,
  isSubscribedTo,
  type ListMethod,
  listsChangedBy,
  type McpCall,
  type McpConnection,
  methodNotFound,
  type RelatedCall,
  rpcError,
  type ScannedNotification,
  type ScannedRequest,
  type ServerRequestContext,
  scanMessage,
  sliceRange,
  textMember,
} from "@fairlead/mcp";
import { type LogWish, readLogWish, wantsLog, widestWish } from "./log-levels.js";
import type { Member } from "./member.js";
import { ResourceSubscriptions } from "./resource-subscriptions.js";
import type { ServerLists } from "./server-lists.js";
import type { ServerRun } from "./server-run.js";

/** What the traffic of one server works with. */
export interface ServerTrafficOptions {
  readonly name: string;
  /** Whether several agents may use it, none of which must get what is another's. */
  readonly isShared: boolean;
  readonly members: ReadonlySet<Member>;
  readonly lists: ServerLists;
  /** The connection, if it is up. */
  readonly connection: () => McpConnection | undefined;
  readonly warn: (text: string) => void;
  readonly onListTold: (method: ListMethod) => void;
}

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };

/** Leads what one server says to those who use it, and joins what they wish of it. */
export class ServerTraffic {
  readonly #options: ServerTrafficOptions;
  readonly #subscriptions: ResourceSubscriptions;
  /** The log level that a connection was told, so that it is told again only if another one is wanted. */
  #told: { readonly connection: McpConnection; readonly level: number } | undefined;

  constructor(options: ServerTrafficOptions) {
    this.#options = options;
    this.#subscriptions = new ResourceSubscriptions(options.members);
  }

  /** Makes a member's call, unless it only joins what others wished before. @param send makes it upstream */
  call(member: Member, call: McpCall, send: (call: McpCall) => Promise<CallAnswer>): Promise<CallAnswer> {
    const { method, signal } = call;
    if (method === "logging/setLevel") return this.#setLevel(member, call, send);
    if (method !== "resources/subscribe" && method !== "resources/unsubscribe") return send(call);
    const uri = textMember(call.params, "uri");
    if (uri === undefined) return send(call);
    const options = { signal, send: () => send(call) };
    return method === "resources/subscribe"
      ? this.#subscriptions.subscribe(member, uri, options)
      : this.#subscriptions.unsubscribe(member, uri, options);
  }

  /** Tells those whom it concerns. @param isCurrent whether the run is still the one that new calls go to */
  notified(
    run: ServerRun,
    message: ScannedNotification,
    context: { readonly related: RelatedCall | undefined; readonly isCurrent: boolean },
  ): void {
    const { related, isCurrent } = context;
    const { members, isShared, lists } = this.#options;
    const changed = listsChangedBy(message.method);
    if (changed.length > 0) {
      // The lists of a copy that only finishes its last calls are nobody's any more.
      if (!isCurrent) return;
      for (const method of changed) {
        lists.changed(method);
        this.#options.onListTold(method);
      }
    }
    if (!isShared) {
      for (const { consumer } of members) consumer.onNotification(message, related);
      return;
    }
    const maker = isOfServer(message.method) ? undefined : run.makerOf(related);
    for (const member of this.#listeners(message, maker)) {
      member.consumer.onNotification(message, maker === undefined ? undefined : related);
    }
  }

  /** Leads a question to the member that it belongs to. */
  ask(run: ServerRun, message: ScannedRequest, context: ServerRequestContext): Promise<CallAnswer> {
    const { relatedCall: related, signal } = context;
    const { members, isShared } = this.#options;
    const maker = run.makerOf(related);
    if (!isShared) {
      const [only] = members;
      if (only === undefined) return Promise.resolve(methodNotFound(message.method));
      return only.consumer.onRequest(message, { signal, related });
    }
    // What is announced to a server that several agents share holds no roots: they have different ones.
    if (message.method === "roots/list") return Promise.resolve(methodNotFound(message.method));
    const asked = maker ?? onlyOne(members) ?? onlyOne(run.callers);
    const isCertain = asked === maker && related?.isCertain === true;
    // It may belong to a call of somebody else that was given up and is worked on still.
    if (asked === undefined || (!isCertain && run.gaveUpBeside(asked))) {
      return Promise.resolve(this.#refusal(message));
    }
    return asked.consumer.onRequest(message, { signal, related: asked === maker ? related : undefined });
  }

  /**
   * Tells a server that was started again what its members wished before; the calls are made at once, in order.
   * @param isRestart whether subscribers may have missed changes
   */
  restore(connection: McpConnection, isRestart: boolean): void {
    const wish = widestWish(this.#wishes());
    if (wish !== undefined) this.#tellLevel(connection, wish);
    for (const uri of this.#subscriptions.uris) {
      const params = uriParams(uri);
      const subscribed = this.#say(connection, { method: "resources/subscribe", params });
      if (isRestart) void subscribed.then((isDone) => isDone && this.#tellMissed(uri, params));
    }
  }

  /** Takes back what a member wished. @param connection the server's, if it is up */
  async leave(member: Member, connection: McpConnection | undefined): Promise<void> {
    const hadWish = member.logWish !== undefined;
    member.logWish = undefined;
    const wish = widestWish(this.#wishes());
    if (hadWish && wish !== undefined && connection !== undefined) {
      if (!this.#isTold(connection, wish.level)) this.#tellLevel(connection, wish);
    }
    await this.#subscriptions.leave(member, async (uri) => {
      if (connection === undefined) return emptyResult;
      await this.#say(connection, { method: "resources/unsubscribe", params: uriParams(uri) });
      return emptyResult;
    });
  }

  #listeners(message: ScannedNotification, maker: Member | undefined): Member[] {
    const { members } = this.#options;
    const params = message.params === undefined ? undefined : sliceRange(message.line, message.params);
    const staying = [...members].filter((member) => !member.isLeaving);
    if (message.method === "notifications/resources/updated") {
      const uri = textMember(params, "uri");
      return uri === undefined ? staying : staying.filter((member) => isSubscribedTo(member.uris, uri));
    }
    const concerned = maker === undefined ? staying : [maker];
    if (message.method !== "notifications/message") return concerned;
    const isChosen = widestWish(this.#wishes()) !== undefined;
    return concerned.filter((member) => wantsLog(member.logWish, params, isChosen));
  }

  async #setLevel(
    member: Member,
    call: McpCall,
    send: (call: McpCall) => Promise<CallAnswer>,
  ): Promise<CallAnswer> {
    const wish = readLogWish(call.params);
    // The server's own words about a level that nobody knows are the best there are.
    if (wish === undefined) return send(call);
    const former = member.logWish;
    member.logWish = wish;
    const widest = widestWish(this.#wishes()) ?? wish;
    if (this.#isTold(this.#options.connection(), widest.level)) return emptyResult;
    const undo = (): void => {
      if (member.logWish === wish) member.logWish = former;
    };
    try {
      const answer = await send({ ...call, params: widest.params });
      const connection = this.#options.connection();
      if (answer.kind === "error") undo();
      else if (connection !== undefined) this.#told = { connection, level: widest.level };
      return answer;
    } catch (thrown) {
      undo();
      throw thrown;
    }
  }

  #isTold(connection: McpConnection | undefined, level: number): boolean {
    return connection !== undefined && this.#told?.connection === connection && this.#told.level === level;
  }

  #tellLevel(connection: McpConnection, { level, params }: LogWish): void {
    this.#told = { connection, level };
    void this.#say(connection, { method: "logging/setLevel", params });
  }

  #wishes(): (Member["logWish"] | undefined)[] {
    return [...this.#options.members].map(({ logWish }) => logWish);
  }

  #tellMissed(uri: string, params: Buffer): void {
    const method = "notifications/resources/updated";
    const message = scanMessage(buildNotification({ method, paramsRaw: params }));
    if (message.kind !== "notification") return;
    for (const { uris, isLeaving, consumer } of this.#options.members) {
      if (uris.has(uri) && !isLeaving) consumer.onNotification(message, undefined);
    }
  }

  /** @returns whether the server agreed; what it says otherwise is only a warning */
  async #say(connection: McpConnection, call: McpCall): Promise<boolean> {
    try {
      const answer = await connection.request({ ...call, timeoutMs: wishTimeoutMs });
      if (answer.kind === "result") return true;
      this.#options.warn(`${call.method} was refused: ${answer.error.toString("utf8").slice(0, 512)}`);
    } catch (thrown) {
      this.#options.warn(`${call.method} failed: ${toFairleadError(thrown).message}`);
    }
    return false;
  }

  #refusal({ method }: ScannedRequest): CallAnswer {
    const { name } = this.#options;
    const text = `${method} was refused: server '${name}' serves several agents at once, and this does not tell whose call it belongs to. With share = "client" each agent has a copy of its own`;
    return rpcError(ambiguousQuestionCode, text, { reason: "agent_ambiguous" });
  }
}

/** How long a server may take to agree to what it had agreed to before. */
const wishTimeoutMs = 60_000;

/** Invalid Request: there is no closer code, and the server is told by `data.reason`. */
const ambiguousQuestionCode = -32_600;

/** What never belongs to a call, even where exactly one is under way. */
function isOfServer(method: string): boolean {
  return method === "notifications/resources/updated" || listsChangedBy(method).length > 0;
}

function onlyOne<Item>(items: ReadonlySet<Item>): Item | undefined {
  const [only] = items;
  return items.size === 1 ? only : undefined;
}

function uriParams(uri: string): Buffer {
  return Buffer.from(JSON.stringify({ uri }));
}
