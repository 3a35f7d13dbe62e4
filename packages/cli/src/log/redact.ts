import { looksLikeKey, looksLikePath, mayBeSecretName, tokenPattern } from "@fairlead/config";

const mask = "***";

/** Shorter values are words that stand in every other line. */
const leastSecret = 6;

/** What looks like a credential in any text: what stands before it is kept. */
const patterns: readonly RegExp[] = [
  /(\b(?:Bearer|Basic)\s{1,8})[\w.~+/=-]{8,}/gi,
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  /(\b(?:access_token|refresh_token|id_token|client_secret|api[_-]?key|passw(?:or)?d)["']?\s{0,8}[:=]\s{0,8}["']?)[^\s"',;&]{6,}/gi,
  /((?<!by|com|tres)(?:pass|pwd)["']?\s{0,8}[:=]\s{0,8}["']?)[^\s"',;&]{6,}/gi,
  new RegExp(`((?<![A-Za-z0-9]))${tokenPattern}`, "g"),
];

/** The variables that a server is launched with. */
export interface LaunchVariables {
  readonly set: Readonly<Record<string, string>>;
  /** Names of those whose values come from this machine: nobody wrote them down where others read them. */
  readonly handedOver: readonly string[];
}

/** Takes secrets out of texts. */
export interface Redactor {
  /** Remembers which values of a server's environment are secrets: by their names, their looks, or where they are from. */
  learn(server: string, variables: LaunchVariables): void;
  /** A text of a server with `***` in the place of each secret. */
  clean(server: string, text: string): string;
}

/** Makes one that knows nobody's secrets yet, only what they look like. */
export function createRedactor(): Redactor {
  const known = new Map<string, ReadonlySet<string>>();
  return {
    learn(server, { set, handedOver }) {
      const secrets = Object.entries(set).flatMap(([name, value]) => [
        ...(isSecret(name, value, handedOver) ? [value] : []),
        ...passwordsIn(value),
      ]);
      const values = new Set([...(known.get(server) ?? []), ...secrets.flatMap(spellingsOf)]);
      // The longest first: one may be part of another.
      if (values.size > 0) {
        known.set(server, new Set([...values].toSorted((one, other) => other.length - one.length)));
      }
    },
    clean(server, text) {
      let cleaned = text;
      for (const value of known.get(server) ?? []) cleaned = cleaned.replaceAll(value, mask);
      for (const pattern of patterns) cleaned = cleaned.replaceAll(pattern, `$1${mask}`);
      return cleaned;
    },
  };
}

function isSecret(name: string, value: string, handedOver: readonly string[]): boolean {
  if (mayBeSecretName(name) || (looksLikeKey(value) && !/[/:]/.test(value))) return true;
  return handedOver.includes(name) && !looksLikePath(value);
}

/** The password of an address, as it is written and as it is meant. */
function passwordsIn(value: string): readonly string[] {
  const [, written] = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i.exec(value) ?? [];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

/** A key of several lines is told line by line, and any text may be told as JSON. */
function spellingsOf(value: string): readonly string[] {
  const lines = value.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line.length >= leastSecret)
    .flatMap((line) => [line, JSON.stringify(line).slice(1, -1)]);
}
