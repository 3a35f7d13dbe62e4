import { toFairleadError } from "@fairlead/core";
import { type ListedItem, type ListMethod, listAll, type McpConnection } from "@fairlead/mcp";
import { type CachedLists, type CatalogueStore, catalogueVersion } from "./catalogue-store.js";
import { capabilityOfList, isPrivatePage, sameItems, toListedItem } from "./list-items.js";
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

interface Listing {
  readonly items: readonly ListedItem[];
  readonly isPrivate: boolean;
}

interface Reading {
  /** Undefined once it has left. */
  reader: Member | undefined;
  readonly connection: McpConnection;
  readonly listing: Promise<Listing>;
  /** Known once it was read. */
  isPrivate: boolean | undefined;
}

/** The lists of one server: read once per start and change, and remembered for the times in which it is not up. */
export class ServerLists {
  readonly #options: ServerListsOptions;
  readonly #remembered = new Map<ListMethod, readonly ListedItem[]>();
  readonly #readings = new Map<ListMethod, Reading[]>();
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
   * Gives a list as the server has it now, and tells everybody who was given another one.
   * @throws FairleadError as `listAll`
   */
  async read(method: ListMethod, member: Member, connection: McpConnection): Promise<readonly ListedItem[]> {
    const { items, isPrivate } = await this.#listingFor(method, member, connection);
    const concerned = isPrivate ? [] : this.#options.members();
    for (const other of concerned) if (other !== member) this.#compare(method, other, items);
    this.#compare(method, member, items);
    member.given.set(method, items);
    return items;
  }

  /** Reads anew what members were given before the server was started, so that they are told of differences. */
  async compareAll(connection: McpConnection): Promise<void> {
    const readings = [...this.#options.members()].flatMap((member) =>
      [...member.given.keys()].map((method) => this.compare(method, member, connection)),
    );
    await Promise.all(readings);
  }

  /** Reads a list anew that a member was given, so that it is told of a difference. Never rejects. */
  async compare(method: ListMethod, member: Member, connection: McpConnection): Promise<void> {
    try {
      await this.read(method, member, connection);
    } catch (thrown) {
      this.#options.warn(`${method} failed: ${toFairleadError(thrown).message}`);
    }
  }

  /** Forgets a member that has left, with what was meant for it alone. */
  left(member: Member): void {
    for (const [method, readings] of this.#readings) {
      for (const reading of readings) if (reading.reader === member) reading.reader = undefined;
      const settled = readings.filter(({ reader, isPrivate }) => reader !== undefined || isPrivate !== true);
      this.#readings.set(method, settled);
    }
  }

  /** The server said that a list has changed, and everybody was told. */
  changed(method: ListMethod): void {
    this.#readings.delete(method);
    for (const member of this.#options.members()) member.given.delete(method);
  }

  /** The server is gone: what it said is remembered, and read anew once it is back. */
  ended(): void {
    this.#readings.clear();
  }

  /** Settles once everything remembered so far is kept. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  async #listingFor(method: ListMethod, member: Member, connection: McpConnection): Promise<Listing> {
    const announced = connection.initializeResult.value["capabilities"];
    this.#capabilities = isObject(announced) ? announced : {};
    if (!(capabilityOfList[method] in this.#capabilities)) return { items: [], isPrivate: false };
    const readings = (this.#readings.get(method) ?? []).filter((known) => known.connection === connection);
    const [first] = readings;
    if (first !== undefined) {
      const listing = await first.listing;
      if (!listing.isPrivate || first.reader === member) return listing;
    }
    const own = readings.find(({ reader }) => reader === member);
    if (own !== undefined) return own.listing;
    const reading: Reading = {
      reader: member,
      connection,
      listing: this.#read(method, connection),
      isPrivate: undefined,
    };
    this.#readings.set(method, [...readings, reading]);
    const drop = (): void => {
      const others = (this.#readings.get(method) ?? []).filter((other) => other !== reading);
      this.#readings.set(method, others);
    };
    const listing = await reading.listing.catch((thrown: unknown) => {
      drop();
      throw thrown;
    });
    reading.isPrivate = listing.isPrivate;
    if (listing.isPrivate && reading.reader === undefined) drop();
    const isCurrent = this.#readings.get(method)?.includes(reading) === true;
    if (!listing.isPrivate && isCurrent) this.#remember(method, listing.items);
    return listing;
  }

  async #read(method: ListMethod, connection: McpConnection): Promise<Listing> {
    const { pageTimeoutMs, warn } = this.#options;
    const { items, pages, warnings } = await listAll(connection, method, { timeoutMs: pageTimeoutMs() });
    for (const text of warnings) warn(text);
    return { items, isPrivate: pages.some(isPrivatePage) };
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
    if (store === undefined || (known !== undefined && sameItems(known, items))) return;
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
