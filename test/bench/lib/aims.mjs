import { median } from "./stats.mjs";

/**
 * Holds measured values against an aim. It is missed above (or below) the aim, and fails at twice (or half) of it: that
 * is what a shared machine allows to say for sure.
 * @param better `lower` or `higher`
 * @param values one per round; their median counts
 */
export function holdAgainst(what, { better, aim, values, unit = "×" }) {
  const measured = median(values);
  const distance = better === "lower" ? measured / aim : aim / measured;
  const failed = aim === 0 ? !(measured === 0) : !(distance <= 2);
  const met = aim === 0 ? measured === 0 : distance <= 1;
  return { what, better, aim, unit, measured, values, verdict: failed ? "FAILED" : met ? "met" : "missed" };
}

/** An aim that nothing can be said about here, and why. */
export function notMeasured(what, reason) {
  return { what, verdict: "skipped", reason };
}

/** Shows that a contestant was slower than what it cannot beat; otherwise the whole run measured something else. */
export function holdAboveFloor(what, { values, floor }) {
  const measured = median(values) / median(floor);
  return {
    what,
    better: "higher",
    aim: 1,
    unit: "×",
    measured,
    verdict: measured >= 1 ? "valid" : "INVALID",
  };
}

/**
 * Whether an outcome must end the run with an error.
 * @param exactOnly lets timings be as they are: only what must be exactly zero counts, such as lost bytes and survivors
 */
export function isFailure({ verdict, aim }, exactOnly = false) {
  if (exactOnly) return verdict === "FAILED" && aim === 0;
  return verdict === "FAILED" || verdict === "INVALID";
}
