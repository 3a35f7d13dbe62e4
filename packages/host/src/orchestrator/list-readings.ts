import type { ListedItem, ListMethod, McpConnection } from "@fairlead/mcp";
import type { Member } from "./member.js";

/** A whole list, as a server gave it. */
export interface Listing {
  readonly items: readonly ListedItem[];
  /** Whether it is meant for whoever asked only. */
  readonly isPrivate: boolean;
  /** Milliseconds for which the server lets it be shown again. */
  readonly freshForMs: number;
}

/** Who asks for a list, and for what. */
export interface ListWish {
  readonly method: ListMethod;
  readonly member: Member;
  readonly connection: McpConnection;
  /** Whether it must be as the server has it now; else the last reading will do. */
  readonly isFresh: boolean;
  /** Whether the server promised to say when it changes, so that a reading is good until then. */
  readonly isAnnounced: boolean;
}

interface Reading {
  /** Undefined once it has left. */
  reader: Member | undefined;
  readonly connection: McpConnection;
  readonly listing: Promise<Listing>;
  /** Known once it was read. */
  settled: { readonly isPrivate: boolean; readonly freshUntilMs: number } | undefined;
}

/**
 * What was read of a server's lists, so that as few reads as possible do for everybody: who asks while a list is being read
 * gets that one, and nobody gets what is meant for somebody else.
 */
export class ListReadings {
  readonly #readings = new Map<ListMethod, readonly Reading[]>();

  /**
   * Gives a list that is good enough, else reads it.
   * @returns also whether it was forgotten meanwhile
   * @throws FairleadError as `read`, for all who wait for the same reading
   */
  async get(
    wish: ListWish,
    read: () => Promise<Listing>,
  ): Promise<Listing & { readonly isForgotten: boolean }> {
    const { member } = wish;
    const own = (): Reading | undefined =>
      this.#find(wish, ({ reader, settled }) => reader === member && settled?.isPrivate !== false);
    const known =
      own() ??
      this.#find(wish, ({ settled }) => settled?.isPrivate === false) ??
      this.#find(wish, ({ settled }) => settled === undefined);
    if (known !== undefined) {
      const listing = await known.listing;
      if (!listing.isPrivate || known.reader === member) return this.#toResult(wish, known, listing);
    }
    // What somebody else read is meant for that one. Meanwhile this member may have begun to read its own.
    const reading = own() ?? this.#begin(wish, read());
    return this.#toResult(wish, reading, await reading.listing);
  }

  /** The last reading that a member may be given, if there is one; it may be stale. */
  async last({ method, member, connection }: ListWish): Promise<Listing | undefined> {
    const reading = this.#of(method).findLast(
      (known) =>
        known.connection === connection &&
        known.settled !== undefined &&
        (!known.settled.isPrivate || known.reader === member),
    );
    return reading?.listing;
  }

  /** Forgets what was read for a member that has left. */
  left(member: Member): void {
    for (const [method, readings] of this.#readings) {
      for (const reading of readings) if (reading.reader === member) reading.reader = undefined;
      const kept = readings.filter(
        ({ reader, settled }) => reader !== undefined || settled?.isPrivate !== true,
      );
      this.#readings.set(method, kept);
    }
  }

  /** Forgets one list, or all. What is being read still reaches those who wait for it. */
  forget(method?: ListMethod): void {
    if (method === undefined) this.#readings.clear();
    else this.#readings.delete(method);
  }

  #begin({ method, member, connection, isAnnounced }: ListWish, listing: Promise<Listing>): Reading {
    const reading: Reading = { reader: member, connection, listing, settled: undefined };
    this.#readings.set(method, [...this.#of(method), reading]);
    const settle = ({ isPrivate, freshForMs }: Listing): void => {
      const freshUntilMs = isAnnounced ? Number.POSITIVE_INFINITY : performance.now() + freshForMs;
      reading.settled = { isPrivate, freshUntilMs };
      const isOver = isPrivate && reading.reader === undefined;
      this.#drop(method, (other) => (other === reading ? isOver : isReplaced(other, reading)));
    };
    listing.then(settle, () => this.#drop(method, (other) => other === reading));
    return reading;
  }

  #drop(method: ListMethod, isDropped: (reading: Reading) => boolean): void {
    const readings = this.#readings.get(method);
    if (readings === undefined) return;
    this.#readings.set(
      method,
      readings.filter((reading) => !isDropped(reading)),
    );
  }

  #toResult(
    { method }: ListWish,
    reading: Reading,
    listing: Listing,
  ): Listing & { readonly isForgotten: boolean } {
    return { ...listing, isForgotten: !this.#of(method).includes(reading) };
  }

  /** The last one that is good enough and matches. */
  #find(wish: ListWish, matches: (reading: Reading) => boolean): Reading | undefined {
    return this.#of(wish.method).findLast(
      (reading) => reading.connection === wish.connection && isGood(reading, wish) && matches(reading),
    );
  }

  #of(method: ListMethod): readonly Reading[] {
    return this.#readings.get(method) ?? [];
  }
}

/** Whether a reading is new enough; one under way always is. */
function isGood({ settled }: Reading, { isFresh }: ListWish): boolean {
  return !isFresh || settled === undefined || performance.now() < settled.freshUntilMs;
}

/** Whether nobody needs an earlier reading any more, now that there is a later one. */
function isReplaced(earlier: Reading, later: Reading): boolean {
  if (earlier.settled === undefined || later.settled === undefined) return false;
  return earlier.reader === later.reader || (!earlier.settled.isPrivate && !later.settled.isPrivate);
}
