import type { CutRecord, CutSums, LineDirection } from "./types.js";

/** A record before the log numbers its cut. */
export type UnnumberedCut = Omit<CutRecord, "cut">;

/** What the cuts of a proxy lost, remembered and added up. */
export class CutLog {
  readonly #records: CutRecord[] = [];
  #cuts = 0;

  get records(): readonly CutRecord[] {
    return this.#records;
  }

  /** How many cuts broke something. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Remembers what one cut broke; a cut that broke nothing does not count. */
  add(broken: readonly UnnumberedCut[]): readonly CutRecord[] {
    if (broken.length === 0) return [];
    this.#cuts += 1;
    const records = broken.map((record) => ({ ...record, cut: this.#cuts }));
    this.#records.push(...records);
    return records;
  }

  /** Cuts that fell inside a frame of either direction. */
  cutsInsideFrame(): number {
    return this.#countCuts((record) => record.toTarget.insideFrame || record.fromTarget.insideFrame);
  }

  sums(direction: LineDirection): CutSums {
    const looks = this.#records.map((record) => record[direction]);
    return {
      heldBytes: looks.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
      heldDataBytes: looks.reduce((sum, { heldDataBytes }) => sum + heldDataBytes, 0),
      cutsHoldingData: this.#countCuts((record) => record[direction].heldDataBytes > 0),
      cutsInsideFrame: this.#countCuts((record) => record[direction].insideFrame),
    };
  }

  #countCuts(matches: (record: CutRecord) => boolean): number {
    return new Set(this.#records.filter(matches).map(({ cut }) => cut)).size;
  }
}
