/** Milliseconds before its end from which a token is renewed before it is used: the way to the server takes time too. */
export const renewalSkewMs = 30_000;

/** Of the life of a token that lives for less than a minute, so that it serves more than one request. */
const shortLifeShare = 0.5;

/** The last moment that a date can name; a longer life is none that anybody can check. */
const lastMomentMs = 8_640_000_000_000_000;

/**
 * Turns the `expires_in` of an answer into a moment.
 * @param expiresIn seconds, as the server wrote them; a text that is a number counts, zero and less mean expired already
 * @param sentAtMs when the request was sent: the token may be that old, in milliseconds since the epoch
 * @returns milliseconds since the epoch; undefined: the server did not say, in a way that can be understood
 */
export function toExpiresAtMs(expiresIn: unknown, sentAtMs: number): number | undefined {
  const isText = typeof expiresIn === "string" && expiresIn.trim() !== "";
  const seconds = isText ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== "number" || Number.isNaN(seconds)) return undefined;
  const atMs = Math.floor(sentAtMs + Math.max(0, seconds) * 1_000);
  return Math.min(atMs, lastMomentMs);
}

/** Something whose end may be known. */
export interface Expiring {
  /** Milliseconds since the epoch; undefined: unknown, and then it is used as it is. */
  readonly expiresAtMs?: number | undefined;
  /** When it began, in milliseconds since the epoch. @default long ago */
  readonly savedAtMs?: number | undefined;
}

/** Tells whether it is over now, as far as that is known. */
export function isExpired({ expiresAtMs }: Expiring, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs;
}

/** Tells whether it is over now or will be {@link renewalSkewMs} from now; one that lives shortly, after half its life. */
export function isNearlyExpired({ expiresAtMs, savedAtMs }: Expiring, nowMs: number): boolean {
  if (expiresAtMs === undefined) return false;
  const lifeMs = savedAtMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, expiresAtMs - savedAtMs);
  return nowMs + Math.min(renewalSkewMs, lifeMs * shortLifeShare) >= expiresAtMs;
}
