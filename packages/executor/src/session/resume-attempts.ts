/** Clients of one session that are remembered: a session is handed on rarely. */
const rememberedClients = 32;

/** Tells the newest try to resume a session from one that was overtaken on its way; each client counts its own. */
export class ResumeAttempts {
  /** The highest number of each client, the one that counted last at the end. */
  readonly #highest = new Map<string, number>();

  /** Notes a try. @returns false if the same client has made a later one already */
  isNewest(client: string, attempt: number): boolean {
    const highest = this.#highest.get(client);
    if (highest !== undefined && attempt < highest) return false;
    this.#highest.delete(client);
    this.#highest.set(client, attempt);
    for (const oldest of this.#highest.keys()) {
      if (this.#highest.size <= rememberedClients) break;
      this.#highest.delete(oldest);
    }
    return true;
  }
}
