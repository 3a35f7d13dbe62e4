/**
 * Makes a finder for the line, counted from 1, where a value of an `mcpServers` file is written, by its place in
 * `config.toml`. For a missing value it is the line of what is around it. The text must be valid JSON; it is only scanned
 * when somebody asks.
 */
export function createJsonLocator(text: string): (place: readonly PropertyKey[]) => number | undefined {
  let members: readonly Member[] | undefined;
  return (place) => {
    members ??= findMembers(text);
    let best: { readonly start: number; readonly length: number } | undefined;
    for (const { path, start } of members) {
      const isAround = path.length <= place.length && path.every((step, at) => isSame(step, place[at], at));
      if (isAround && path.length > (best?.length ?? 0)) best = { start, length: path.length };
    }
    return best === undefined ? undefined : text.slice(0, best.start).split("\n").length;
  };
}

interface Member {
  readonly path: readonly PropertyKey[];
  /** Offset of its key, or of an array's item. */
  readonly start: number;
}

/** Keys of such files that stand for one of ours. */
const spellings: Readonly<Record<string, readonly PropertyKey[]>> = {
  mcpServers: ["mcp_servers"],
  httpUrl: ["url"],
  serverUrl: ["url"],
  headersHelper: ["headers_helper"],
  headers: ["headers", "http_headers", "env_http_headers", "bearer_token_env_var"],
};

/** Only the keys of the file and of its servers are spelled otherwise; names are as they are. */
function isSame(step: PropertyKey, wanted: PropertyKey | undefined, depth: number): boolean {
  if (step === wanted) return true;
  if (typeof step !== "string" || wanted === undefined || (depth !== 0 && depth !== 2)) return false;
  return Object.hasOwn(spellings, step) && (spellings[step]?.includes(wanted) ?? false);
}

interface Level {
  /** Undefined in an object before its first key. */
  key: PropertyKey | undefined;
  readonly isArray: boolean;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gs;

function findMembers(text: string): readonly Member[] {
  const members: Member[] = [];
  const levels: Level[] = [];
  const note = (start: number): void => {
    members.push({ path: levels.map(({ key = "" }) => key), start });
  };
  let isKey = false;
  for (const { 0: part, index } of text.matchAll(token)) {
    const level = levels.at(-1);
    if (part === "}" || part === "]") levels.pop();
    else if (part === ":") isKey = false;
    else if (part === ",") {
      if (level?.isArray === true) level.key = Number(level.key) + 1;
      else isKey = true;
    } else if (isKey && level?.isArray === false && part.startsWith('"')) {
      level.key = JSON.parse(part) as string;
      note(index);
    } else {
      if (level?.isArray === true) note(index);
      if (part === "{" || part === "[")
        levels.push({ key: part === "[" ? 0 : undefined, isArray: part === "[" });
      isKey = part === "{";
    }
  }
  return members;
}
