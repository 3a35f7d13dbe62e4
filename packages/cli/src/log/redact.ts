const mask = "***";

/** Shorter values are words that stand in every other line. */
const leastSecret = 6;

const tellingName = /key|token|secret|passw|pwd|auth|cred|session|cookie|private|dsn|(?:^|_)pat(?:$|_)/i;

/** What looks like a credential in any text: what stands before it is kept. */
const patterns: readonly RegExp[] = [
  /(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/gi,
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  /(\b(?:access_token|refresh_token|id_token|client_secret|api[_-]?key|passw(?:or)?d)["']?\s*[:=]\s*["']?)[^\s"',;&]{6,}/gi,
];

/** Takes secrets out of texts. */
export interface Redactor {
  /** Remembers the values of a server's environment that are secrets, by their names or their looks. */
  learn(server: string, environment: Readonly<Record<string, string>>): void;
  /** A text of a server with `***` in the place of each secret. */
  clean(server: string, text: string): string;
}

/** Makes one that knows nobody's secrets yet, only what they look like. */
export function createRedactor(): Redactor {
  const known = new Map<string, Set<string>>();
  return {
    learn(server, environment) {
      const values = known.get(server) ?? new Set<string>();
      for (const [name, value] of Object.entries(environment)) {
        if (!tellingName.test(name) && !looksRandom(value)) continue;
        // A key of several lines is told line by line.
        for (const line of value.split("\n")) if (line.trim().length >= leastSecret) values.add(line.trim());
      }
      if (values.size > 0) known.set(server, values);
    },
    clean(server, text) {
      let cleaned = text;
      for (const value of known.get(server) ?? []) cleaned = cleaned.replaceAll(value, mask);
      for (const pattern of patterns) cleaned = cleaned.replaceAll(pattern, `$1${mask}`);
      return cleaned;
    },
  };
}

/** Long, of letters and digits, and no path, address or sentence. */
function looksRandom(value: string): boolean {
  return value.length >= 20 && /^[\w.~+=-]+$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value);
}
