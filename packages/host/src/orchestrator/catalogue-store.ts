import type { ListMethod } from "@fairlead/mcp";

/** Keeps lists of servers beyond the end of the host. It is a convenience: whatever it loses is read again. */
export interface CatalogueStore {
  /** What was kept last; undefined if nothing was, or it cannot be read any more. */
  read(key: string): Promise<CachedLists | undefined>;
  /** Replaces what was kept. @param key names server and launch; letters, digits, `_`, `-` and one `.` */
  write(key: string, lists: CachedLists): Promise<void>;
}

/** The lists of one server, as JSON. Lists that a server calls private are never among them. */
export interface CachedLists {
  /** Of this shape: another one is not read. */
  readonly version: typeof catalogueVersion;
  /** When it was written, as ISO 8601. */
  readonly savedAt: string;
  /** What the server announced: a list that it does not announce is empty without asking. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** The raw JSON text of every item, exactly as the server wrote it, per list that was read to its end. */
  readonly lists: Readonly<Partial<Record<ListMethod, readonly string[]>>>;
}

/** The shape that is written now. */
export const catalogueVersion = 1;
