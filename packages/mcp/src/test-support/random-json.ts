/** A source of numbers that is the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Makes a seeded source (mulberry32), so that a failing case can be run again. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return { below, pick: (choices) => choices[below(choices.length)] ?? choices[0] };
}

/** Writes a random JSON value the way an unknown peer might: odd spacing, escapes, any nesting. */
export function randomJson(random: Random, depth = 0): string {
  const kind = random.below(depth > 4 ? 5 : 8);
  if (kind === 0) return random.pick(["null", "true", "false"]);
  if (kind <= 2) return randomNumber(random);
  if (kind <= 4) return randomString(random);
  const count = random.below(5);
  const parts = Array.from({ length: count }, () => {
    const value = space(random) + randomJson(random, depth + 1) + space(random);
    return kind < 7 ? `${space(random)}${randomString(random)}${space(random)}:${value}` : value;
  });
  return kind < 7 ? `{${parts.join(",")}${space(random)}}` : `[${parts.join(",")}${space(random)}]`;
}

/** Writes a random string, with every way of escaping, mostly short and now and then long. */
export function randomString(random: Random): string {
  const length = random.below(12) === 0 ? random.below(400) : random.below(12);
  let text = "";
  for (let index = 0; index < length; index += 1) text += randomCharacter(random);
  return `"${text}"`;
}

/** White space as JSON allows it inside a line. */
export function space(random: Random): string {
  return random.pick(["", "", "", "", " ", "  ", "\t", "\r"]);
}

function randomNumber(random: Random): string {
  const fixed = random.pick(["0", "-0", "1e5", "1E-7", "0.25", "-12.5e+3", "12345678901234567890"]);
  return random.below(2) === 0 ? fixed : String(random.below(100_000));
}

function randomCharacter(random: Random): string {
  const kind = random.below(14);
  if (kind === 0) return random.pick(['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]);
  if (kind === 1) return `\\u${random.below(0xd800).toString(16).padStart(4, "0")}`;
  if (kind === 2) return random.pick(["é", "日", "🎈", "{", "}", "[", "]", ",", ":", "\u007f"]);
  return String.fromCharCode(97 + random.below(26));
}
