/** Milliseconds on a clock that never jumps and is the same in every process of this machine. */
export function monotonicMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
