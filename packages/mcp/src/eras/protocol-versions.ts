/**
 * The two ways to speak MCP. `legacy`: a handshake (`initialize`), requests in both directions. `modern`: no handshake,
 * every request says in its `_meta` who sends it, and the server asks by answering `input_required`.
 */
export type Era = "legacy" | "modern";

/** The revisions with a handshake, newest first. */
export const legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** The revisions without a handshake that we speak, newest first. */
export const modernVersions = ["2026-07-28"] as const;

const firstModernVersion = "2026-07-28";

/** Tells the era of a revision, known to us or not: revisions are dates, and dates as texts sort by time. */
export function eraOf(version: string): Era {
  return version >= firstModernVersion ? "modern" : "legacy";
}

/** Tells whether we speak this revision without a handshake. */
export function isModernVersion(version: string): boolean {
  return (modernVersions as readonly string[]).includes(version);
}

/** Tells whether we speak this revision with a handshake. */
export function isLegacyVersion(version: string): boolean {
  return (legacyVersions as readonly string[]).includes(version);
}

/**
 * Chooses what `initialize` is answered with: the revision asked for if we know it, else our newest with a handshake,
 * which the agent may take or leave. A modern revision is never agreed on by a handshake.
 */
export function negotiateLegacyVersion(requested: unknown): string {
  return legacyVersions.find((known) => known === requested) ?? legacyVersions[0];
}

/** Tells whether we speak a revision, in either era. */
export function isKnownVersion(version: unknown): boolean {
  return [...modernVersions, ...legacyVersions].some((known) => known === version);
}
