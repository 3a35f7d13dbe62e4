/** Looks at how much servers say to one agent on their own. */
export interface FloodWatch {
  /** Notes a message of a server that is no answer. */
  note(server: string, bytes: number): void;
  /** Notes that more waits for the agent than it reads. */
  pressed(queuedBytes: number): void;
}

/** What a watch works with. */
export interface FloodWatchOptions {
  /** Names the session for people. */
  readonly session: string;
  /** Told at most every ten seconds. @param server the one that said most lately */
  readonly warn: (server: string, text: string) => void;
  /** Milliseconds that only grow. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** More messages than this in a second are a flood. */
const floodCount = 1_000;
const windowMs = 1_000;
const quietMs = 10_000;

/** Makes the watch of one session; it never slows anything down. */
export function createFloodWatch({
  session,
  warn,
  now = () => performance.now(),
}: FloodWatchOptions): FloodWatch {
  let windowSinceMs = now();
  let count = 0;
  let bytesOf = new Map<string, number>();
  let loudest = "gateway";
  let toldAtMs = Number.NEGATIVE_INFINITY;

  const tell = (text: string): void => {
    if (now() - toldAtMs < quietMs) return;
    toldAtMs = now();
    warn(loudestOf(bytesOf) ?? loudest, `session ${session} ${text}`);
  };
  return {
    note(server, bytes) {
      const atMs = now();
      if (atMs - windowSinceMs >= windowMs) {
        loudest = loudestOf(bytesOf) ?? loudest;
        windowSinceMs = atMs;
        count = 0;
        bytesOf = new Map();
      }
      count += 1;
      bytesOf.set(server, (bytesOf.get(server) ?? 0) + bytes);
      if (count === floodCount + 1) tell(`is flooded: more than ${floodCount} messages within a second`);
    },
    pressed: (queuedBytes) => tell(`reads too slowly: ${queuedBytes} bytes wait for it`),
  };
}

function loudestOf(bytesOf: ReadonlyMap<string, number>): string | undefined {
  const [first] = [...bytesOf].toSorted(([, one], [, other]) => other - one);
  return first?.[0];
}
