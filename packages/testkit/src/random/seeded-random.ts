import { randomInt } from "node:crypto";
import { FairleadError } from "@fairlead/core";

/** Numbers that look random and are the same each time for the same seed, so that a failure can be repeated. */
export interface SeededRandom {
  readonly seed: number;
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number, both bounds included. */
  integer(min: number, max: number): number;
  /** True this often. @param probability from 0 to 1 */
  chance(probability: number): boolean;
  /** @throws FairleadError `usage` for an empty list */
  pick<T>(choices: readonly T[]): T;
  bytes(byteCount: number): Buffer;
}

/** The environment variable that repeats a run. */
const seedVariable = "FAIRLEAD_SEED";
const maxSeed = 2 ** 32;
const goldenStep = 0x9e3779b9;

/**
 * Makes a generator of its own. Not for secrets.
 * @param seed a whole number from 0 to 4,294,967,295
 * @throws FairleadError `usage` for anything else
 */
export function createSeededRandom(seed: number): SeededRandom {
  if (!Number.isInteger(seed) || seed < 0 || seed >= maxSeed) {
    throw new FairleadError("usage", `The seed ${seed} is not a whole number from 0 to ${maxSeed - 1}`);
  }
  const nextWord = createWords(seed);
  const next = (): number => nextWord() / maxSeed;
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    seed,
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: <T>(choices: readonly T[]): T => {
      if (choices.length === 0) throw new FairleadError("usage", "There is nothing to pick from");
      return choices[integer(0, choices.length - 1)] as T;
    },
    bytes: (byteCount) => {
      const words = new Uint32Array(Math.ceil(byteCount / 4));
      for (let index = 0; index < words.length; index += 1) words[index] = nextWord();
      return Buffer.from(words.buffer, 0, byteCount);
    },
  };
}

/**
 * A generator for one test, seeded by FAIRLEAD_SEED or, where that is unset, anew; it prints how to repeat the run.
 * @param what the test, for the printed line
 */
export function createTestRandom(what: string): SeededRandom {
  const given = process.env[seedVariable];
  const random = createSeededRandom(given === undefined || given === "" ? randomInt(maxSeed) : Number(given));
  process.stdout.write(`${what}: ${seedVariable}=${random.seed} repeats this run\n`);
  return random;
}

/** xoshiro128**: 128 bits of state, quick, and good enough for every test of randomness a test suite could need. */
function createWords(seed: number): () => number {
  const state = new Uint32Array(4);
  for (let index = 0; index < 4; index += 1) state[index] = mix(seed + goldenStep * (index + 1));
  return () => {
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const word = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    state[0] = a ^ d ^ b;
    state[1] = b ^ c ^ a;
    state[2] = c ^ a ^ (b << 9);
    state[3] = rotate(d ^ b, 11);
    return word;
  };
}

/** Spreads a small number over all bits; never the same for two seeds. */
function mix(value: number): number {
  let word = value >>> 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
