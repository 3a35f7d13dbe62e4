import { looksLikeKey, tokenPattern } from "@fairlead/config";

/** Values that must not be shown. */
export interface KnownSecrets {
  /** Secrets by their place, their name or their look. */
  readonly certain: readonly string[];
  /** What may be one, and may be any word: taken out only of what is given away. */
  readonly possible: readonly string[];
}

/** Takes secrets out of what is to be shown. */
export interface Redactor {
  /** For the eyes of the user: secrets that are known, and what any header or address with one looks like. */
  readonly redact: (text: string) => string;
  /** For what is given away: also what only may be a secret. Rather too much than too little. */
  readonly redactStrictly: (text: string) => string;
}

const mask = "***";

/** A shorter secret could be any word, and hides where it is told: in its variable or its header. */
const leastLength = 4;

/** A shorter line of a secret may stand anywhere. */
const leastLine = 8;

const bearers: Pattern = [/\b(Bearer|Basic|Digest|Negotiate)\s{1,8}[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${mask}`];
const userInfo: Pattern = [/(:\/\/)(?:[^\s/@:"']*:[^\s/@"']*|[^\s/@:"']{16,})@/g, `$1${mask}@`];

/** What looks like a secret by what stands before it, or by itself. Every repeat is bounded: a log may be one long word. */
const byLook: readonly Pattern[] = [
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(["']?\s{0,8}[:=]\s{0,8}["']?)[^\r\n"']+/gi,
    `$1$2${mask}`,
  ],
  [
    /((?:password|passwd|passphrase|secret|token|api[_-]?key|credential)[\w-]{0,64})(["']?\s{0,8}[=:]\s{0,8}["']?|\s{1,8}(?=[\w-]{0,64}\d))[^\s"',;&*]{4,}/gi,
    `$1$2${mask}`,
  ],
  [/((?:pass|pwd|\bpin)["']?\s{0,8}[=:]\s{0,8}["']?)[^\s"',;&*]{4,}/gi, `$1${mask}`],
  [new RegExp(`(?<![A-Za-z0-9])${tokenPattern}`, "g"), mask],
];

/** A word that may be a key; what stands around it is no part of it. */
const longWord = /[\w.+~-]{20,}/g;

/** Times, and names that consist of words and numbers, as packages and hosts have them. */
const plainWord = /^(?:\d{4}-\d\d-\d\dT[\d.]+|[a-z]+(?:[._-][a-z]+)*(?:[._-]v?\d{1,8})*(?:\.[a-z]+)?)Z?$/i;

type Pattern = readonly [pattern: RegExp, masked: string];

/** Makes a redactor, which knows secrets in every spelling that they may have in JSON, addresses and base64. */
export function createRedactor({ certain, possible }: KnownSecrets): Redactor {
  const replaceCertain = replacer(certain, [bearers, userInfo]);
  const replaceAll = replacer([...certain, ...possible], [bearers, userInfo, ...byLook]);
  const redactStrictly = (text: string): string =>
    replaceAll(text).replaceAll(longWord, (word) =>
      looksLikeKey(word) && !plainWord.test(word) ? mask : word,
    );
  return { redact: replaceCertain, redactStrictly };
}

/** A copy of a value in which every text was redacted; keys, and members of these names, stay as they are. */
export function redactValue<Value>(
  value: Value,
  redact: (text: string) => string,
  kept: ReadonlySet<string> = new Set(),
): Value {
  return redactDeep(value, redact, kept) as Value;
}

function replacer(secrets: readonly string[], patterns: readonly Pattern[]): (text: string) => string {
  const spellings = new Set<string>();
  for (const secret of secrets) {
    const text = secret.trim();
    if (text.length >= leastLength) for (const spelling of spellingsOf(text)) spellings.add(spelling);
    // Of several lines, each comes alone where somebody prints them.
    const lines = text.includes("\n") ? text.split(/\r?\n/).map((line) => line.trim()) : [];
    for (const line of lines) if (line.length >= leastLine) spellings.add(line);
  }
  // The longest first: one may be part of another.
  const known = [...spellings].toSorted((one, other) => other.length - one.length);
  return (text) => {
    let redacted = text;
    for (const spelling of known) redacted = redacted.replaceAll(spelling, mask);
    for (const [pattern, masked] of patterns) redacted = redacted.replaceAll(pattern, masked);
    return redacted;
  };
}

/** A text as it may stand in JSON, in an address, or in base64 with other bytes around it. */
function spellingsOf(secret: string): readonly string[] {
  const encoded = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    // Only characters that come from the secret alone; those at its ends hold bits of their neighbours.
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((bytes.length * 8) / 6);
    return [bytes.toString("base64"), bytes.toString("base64url")].map((text) => text.slice(start, end));
  });
  const long = encoded.filter((text) => text.length >= leastLength * 2);
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...long];
}

function redactDeep(value: unknown, redact: (text: string) => string, kept: ReadonlySet<string>): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact, kept));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      kept.has(key) ? member : redactDeep(member, redact, kept),
    ]),
  );
}
