/** Close stdin, 2 s, SIGTERM, 2 s, SIGKILL: where nobody is in a hurry. */
export const ladderMs = 4_000;

/** What a promise may be late on a busy machine. */
export const slackMs = 1_000;

/** The TTL that remote sessions of these suites wish. */
export const ttlMs = 1_000;

/** How long silence lasts until a peer counts as gone, under the quick limits. */
export const leaseMs = 650;

/** A host that lost its session tries to get it back for as long as the executor may keep it, and then needs a moment. */
export const tellsWithinMs = ttlMs + 4_000;
