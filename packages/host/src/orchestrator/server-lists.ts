import { isJsonObject, settlesWithinMs, toFairleadError } from "@fairlead/core";
import { type ListedItem, type ListMethod, listAll, type McpConnection } from "@fairlead/mcp";
import { type CachedLists, type CatalogueStore, catalogueVersion } from "./catalogue-store.js";
import { capabilityOfList, freshMsOfPage, isPrivatePage, sameItems, toListedItem } from "./list-items.js";
import { type Listing, ListReadings, type ListWish } from "./list-readings.js";
import type { Member } from "./member.js";

/** What the lists of one server work with. */
export interface ServerListsOptions {
  /** Keeps public lists beyond the host's end. @default they are remembered in memory only */
  readonly store: CatalogueStore | undefined;
  readonly storeKey: string;
  /** For each page, in milliseconds. */
  readonly pageTimeoutMs: () => number;
  /** Everybody who may have been given a list. */
  readonly members: () => Iterable<Member>;
  /** A member was given another list than the one there is now. */
  readonly onDiffers: (member: Member, method: ListMethod) => void;
  readonly warn: (text: string) => void;
}

/** Which list is wanted, by whom, and who has it. */
export type WantedList = Pick<ListWish, "method" | "member" | "connection">;

/** What a list is wanted for. */
export type ListUse =
  /** An agent asked for it, and gets it as the server has it now. */
  | "show"
  /** A call leads to something in it: the last reading will do, which is what agents were shown. */
  | "look-up";

/**
 * How long a list is waited for that is known already, or only looked up in, in milliseconds: a server that is busy, or does
 * not answer at all, must not hold up all others.
 */
const shortPatienceMs = 2_000;

/**
 * The lists of one server. One whose changes the server tells is read once per start and change, every other one for each
 * agent that asks for it; both are remembered for the times in which it is not up.
 */
export class ServerLists {
  readonly #options: ServerListsOptions;
  readonly #remembered = new Map<ListMethod, readonly ListedItem[]>();
  /** Those that were read from the server, and not only recalled. */
  readonly #seen = new Set<ListMethod>();
  readonly #readings = new ListReadings();
  /** Lists that were waited for in vain, and are being read still. */
  readonly #late = new Set<ListMethod>();
  #capabilities: Readonly<Record<string, unknown>> | undefined;
  #loading: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #isDirty = false;

  constructor(options: ServerListsOptions) {
    this.#options = options;
  }

  /** How many tools an agent is shown, if that is known. */
  countTools(isShown: (rawName: string) => boolean): number | undefined {
    const tools = this.#remembered.get("tools/list");
    return tools?.filter(({ name }) => name !== undefined && isShown(name)).length;
  }

  /** What is known of a list without asking the server; undefined if nothing is. */
  async recall(method: ListMethod, member: Member): Promise<readonly ListedItem[] | undefined> {
    this.#loading ??= this.#load();
    await this.#loading;
    const known = this.#remembered.get(method);
    if (known !== undefined) return known;
    if (this.#capabilities !== undefined && !(capabilityOfList[method] in this.#capabilities)) return [];
    // A list that is meant for one agent only is still good for that one.
    return member.given.get(method) ?? undefined;
  }

  /** Notes that a member was told of a list while the server was not up. @param items null: that there is none yet */
  note(method: ListMethod, member: Member, items: readonly ListedItem[] | null): void {
    member.given.set(method, items);
  }

  /**
   * Gives a list, and tells everybody who was given another one. One that takes long is given as it is known, and the member
   * told if it turns out another.
   * @param patienceMs how long a list is waited for of which nothing is known, though never less than is usual for others. @default as
   * long as it takes
   * @returns undefined if that was in vain; who wanted to show it is told once it is there
   * @throws FairleadError as `listAll`
   */
  async read(
    use: ListUse,
    wanted: WantedList,
    patienceMs?: number,
  ): Promise<readonly ListedItem[] | undefined> {
    const { method, member } = wanted;
    const wish = this.#toWish(wanted, use === "show");
    if (wish === undefined) return this.#readAndGive(wanted, wish);
    const reading = this.#get(wish);
    if (patienceMs === undefined) return this.#take(use, wish, await reading);
    const isHopeless = use === "look-up" && this.#late.has(method);
    const isInTime = await settlesWithinMs(reading, isHopeless ? 0 : shortPatienceMs);
    if (isInTime) return this.#take(use, wish, await reading);
    this.#noteLate(method, reading);
    const known = await this.#lastKnown(wish);
    if (use === "look-up") return known;
    if (known === undefined && (await settlesWithinMs(reading, patienceMs - shortPatienceMs))) {
      return this.#take(use, wish, await reading);
    }
    member.given.set(method, known ?? null);
    void this.compare(wanted);
    return known;
  }

  /** Reads anew what members were given before the server was started, so that they are told of differences. */
  async compareAll(connection: McpConnection): Promise<void> {
    const readings = [...this.#options.members()].flatMap((member) =>
      [...member.given.keys()].map((method) => this.compare({ method, member, connection })),
    );
    await Promise.all(readings);
  }

  /** Reads a list anew that a member was given, so that it is told of a difference. Never rejects. */
  async compare(wanted: WantedList): Promise<void> {
    try {
      await this.#readAndGive(wanted, this.#toWish(wanted, true));
    } catch (thrown) {
      this.#options.warn(`${wanted.method} failed: ${toFairleadError(thrown).message}`);
    }
  }

  /** Forgets a member that has left, with what was meant for it alone. */
  left(member: Member): void {
    this.#readings.left(member);
  }

  /** The server said that a list has changed, and everybody was told. */
  changed(method: ListMethod): void {
    this.#readings.forget(method);
    for (const member of this.#options.members()) member.given.delete(method);
  }

  /** The server is gone: what it said is remembered, and read anew once it is back. */
  ended(): void {
    this.#readings.forget();
    this.#late.clear();
  }

  /** Settles once everything remembered so far is kept. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  #take(use: ListUse, wish: ListWish, { items, isPrivate }: Listing): readonly ListedItem[] {
    if (wish.isAnnounced) this.#give(wish, items, !isPrivate);
    // Nobody is told of what an agent finds out itself: a list that is another one each time would never come to rest.
    else if (use === "show") wish.member.given.set(wish.method, items);
    return items;
  }

  #noteLate(method: ListMethod, reading: Promise<Listing>): void {
    this.#late.add(method);
    const isOver = (): void => void this.#late.delete(method);
    reading.then(isOver, isOver);
  }

  /** The last reading, else what is remembered. */
  async #lastKnown(wish: ListWish): Promise<readonly ListedItem[] | undefined> {
    const last = await this.#readings.last(wish);
    return last?.items ?? this.recall(wish.method, wish.member);
  }

  async #readAndGive(wanted: WantedList, wish: ListWish | undefined): Promise<readonly ListedItem[]> {
    const { items, isPrivate } = wish === undefined ? noListing : await this.#get(wish);
    this.#give(wanted, items, !isPrivate && wish?.isAnnounced !== false);
    return items;
  }

  /** @returns undefined where the server announces no such list */
  #toWish({ method, member, connection }: WantedList, isFresh: boolean): ListWish | undefined {
    const announced = connection.initializeResult.value["capabilities"];
    this.#capabilities = isJsonObject(announced) ? announced : {};
    const capability = capabilityOfList[method];
    if (!(capability in this.#capabilities)) return undefined;
    const { [capability]: details } = this.#capabilities;
    const isAnnounced = isJsonObject(details) && details["listChanged"] === true;
    return { method, member, connection, isFresh, isAnnounced };
  }

  async #get(wish: ListWish): Promise<Listing> {
    const { isForgotten, ...listing } = await this.#readings.get(wish, () => this.#read(wish));
    if (!listing.isPrivate && !isForgotten) this.#remember(wish.method, listing.items);
    return listing;
  }

  async #read({ method, connection }: ListWish): Promise<Listing> {
    const { pageTimeoutMs, warn } = this.#options;
    const { items, pages, warnings } = await listAll(connection, method, { timeoutMs: pageTimeoutMs() });
    for (const text of warnings) warn(text);
    if (pages.some(isPrivatePage)) {
      return { items, isPrivate: true, freshForMs: Math.min(...pages.map(freshMsOfPage)) };
    }
    // What is derived from a list is remembered by the array itself.
    const known = this.#remembered.get(method);
    const isSame = known !== undefined && sameItems(known, items);
    // The connection itself gives pages again that are for everybody, for as long as they are fresh.
    return { items: isSame ? known : items, isPrivate: false, freshForMs: 0 };
  }

  /** Notes what a member is given, and tells it if that is another list than before; all others too where it is theirs. */
  #give({ method, member }: WantedList, items: readonly ListedItem[], isTheirs: boolean): void {
    const others = isTheirs ? this.#options.members() : [];
    for (const other of others) if (other !== member) this.#compare(method, other, items);
    this.#compare(method, member, items);
    member.given.set(method, items);
  }

  #compare(method: ListMethod, member: Member, items: readonly ListedItem[]): void {
    const given = member.given.get(method);
    if (given === undefined || sameItems(given ?? [], items)) return;
    member.given.delete(method);
    if (!member.isLeaving) this.#options.onDiffers(member, method);
  }

  #remember(method: ListMethod, items: readonly ListedItem[]): void {
    const known = this.#remembered.get(method);
    this.#remembered.set(method, items);
    const { store } = this.#options;
    // The first reading is written even if nothing is new, so that the store can tell how old its lists are.
    const isSeen = this.#seen.has(method);
    this.#seen.add(method);
    if (store === undefined || (isSeen && known !== undefined && sameItems(known, items))) return;
    this.#isDirty = true;
    this.#writing ??= this.#write(store).finally(() => {
      this.#writing = undefined;
    });
  }

  async #write(store: CatalogueStore): Promise<void> {
    while (this.#isDirty) {
      // What the store holds already must not be lost because only one list was read this time.
      this.#loading ??= this.#load();
      await this.#loading;
      this.#isDirty = false;
      const lists = [...this.#remembered].map(([method, items]) => [
        method,
        items.map(({ raw }) => raw.toString("utf8")),
      ]);
      try {
        await store.write(this.#options.storeKey, {
          version: catalogueVersion,
          savedAt: new Date().toISOString(),
          capabilities: this.#capabilities ?? {},
          lists: Object.fromEntries(lists) as CachedLists["lists"],
        });
      } catch (thrown) {
        this.#options.warn(`its lists could not be kept: ${toFairleadError(thrown).message}`);
      }
    }
  }

  async #load(): Promise<void> {
    const { store, storeKey, warn } = this.#options;
    try {
      const kept = await store?.read(storeKey);
      if (kept === undefined || kept.version !== catalogueVersion) return;
      this.#capabilities ??= kept.capabilities;
      for (const [method, texts] of Object.entries(kept.lists) as [ListMethod, readonly string[]][]) {
        if (!this.#remembered.has(method)) this.#remembered.set(method, texts.map(toListedItem));
      }
    } catch (thrown) {
      warn(`its remembered lists could not be read: ${toFairleadError(thrown).message}`);
    }
  }
}

/** Of a server that announces no such list. */
const noListing: Listing = { items: [], isPrivate: false, freshForMs: 0 };
