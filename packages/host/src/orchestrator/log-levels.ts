import { logLevels, textMember } from "@fairlead/mcp";

const levels: readonly string[] = logLevels;

/** Whoever never said what it wants is not flooded because somebody else wants everything. */
const unsaidLevel = levels.indexOf("info");

/** The log messages that one agent wants of a server. */
export interface LogWish {
  /** Position among the levels, 0 for everything. */
  readonly level: number;
  /** The params of its `logging/setLevel`. */
  readonly params: Uint8Array;
}

/** Reads the params of `logging/setLevel`; undefined if they name no level. */
export function readLogWish(params: Uint8Array | undefined): LogWish | undefined {
  const level = readLevel(params);
  return params === undefined || level < 0 ? undefined : { level, params };
}

/** The wish that a server must be told so that everybody gets what they want; undefined if nobody said anything. */
export function widestWish(wishes: Iterable<LogWish | undefined>): LogWish | undefined {
  let widest: LogWish | undefined;
  for (const wish of wishes) {
    if (wish !== undefined && (widest === undefined || wish.level < widest.level)) widest = wish;
  }
  return widest;
}

/**
 * Whether one of several agents gets a log message.
 * @param params of `notifications/message`; one without a known level goes to everybody
 * @param isChosen whether any of them has said what it wants: until then the server's own choice holds for all
 */
export function wantsLog(
  wish: LogWish | undefined,
  params: Uint8Array | undefined,
  isChosen: boolean,
): boolean {
  const level = readLevel(params);
  if (level < 0 || (wish === undefined && !isChosen)) return true;
  return level >= (wish?.level ?? unsaidLevel);
}

function readLevel(params: Uint8Array | undefined): number {
  return levels.indexOf(textMember(params, "level") ?? "");
}
