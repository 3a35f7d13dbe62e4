/** Something that was found and how good it is. */
export interface Candidate {
  readonly path: string;
  readonly score: number;
}

/** Keeps the best few of any number of candidates. */
export class TopMatches<Found extends Candidate> {
  readonly #limit: number;
  /** A heap: the worst is on top, and each is better than the one at half its place. */
  readonly #heap: Found[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether one of this score would be kept for sure, or at least could be. */
  couldKeep(score: number): boolean {
    const [worst] = this.#heap;
    return this.#heap.length < this.#limit || worst === undefined || score >= worst.score;
  }

  /** @returns whether it is among the best now */
  add(found: Found): boolean {
    const [worst] = this.#heap;
    if (this.#heap.length < this.#limit || worst === undefined) {
      this.#heap.push(found);
      this.#rise(this.#heap.length - 1);
      return true;
    }
    if (compareCandidates(found, worst) >= 0) return false;
    this.#heap[0] = found;
    this.#sink();
    return true;
  }

  /** The best first. */
  sorted(): Found[] {
    return this.#heap.toSorted(compareCandidates);
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heap.length && this.#isWorse(child, worst)) worst = child;
      if (worst === at) return;
      this.#swap(at, worst);
      at = worst;
    }
  }

  #isWorse(left: number, right: number): boolean {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    return one !== undefined && other !== undefined && compareCandidates(one, other) > 0;
  }

  #swap(left: number, right: number): void {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    if (one === undefined || other === undefined) return;
    this.#heap[left] = other;
    this.#heap[right] = one;
  }
}

/** Better first: the higher score, then the shorter path, then the alphabet, so that the order is the same every time. */
export function compareCandidates(left: Candidate, right: Candidate): number {
  if (left.score !== right.score) return right.score - left.score;
  if (left.path.length !== right.path.length) return left.path.length - right.path.length;
  if (left.path === right.path) return 0;
  return left.path < right.path ? -1 : 1;
}
