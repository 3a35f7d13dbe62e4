import { canceledError, isFairleadError, toFairleadError, untilAborted } from "@fairlead/core";
import {
  brokenBy,
  type Check,
  type CheckChain,
  type CheckOutcome,
  type CheckResult,
  checkKey,
  skipped,
} from "./check.js";

/** What is known so far, by the keys of checks. One for a whole run. */
export type Ledger = Map<string, CheckResult>;

/** How checks are made. */
export interface RunOptions {
  readonly ledger: Ledger;
  /** Whether what is safe to mend is mended, and looked at again. */
  readonly fixes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes the checks of a chain one after another. One that needs a link which is broken is not made and says which. One that
 * is under way when the signal fires is not waited for; what it opened is its owner's to close.
 * @throws FairleadError `canceled` when the signal fires; nothing else
 */
export async function runChain(chain: CheckChain, options: RunOptions): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of chain.checks) {
    if (options.signal.aborted) throw canceledError(options.signal, "The diagnosis");
    const result = await runCheck(check, chain, options);
    options.ledger.set(checkKey(chain, check.id), result);
    results.push(result);
  }
  return results;
}

async function runCheck(check: Check, chain: CheckChain, options: RunOptions): Promise<CheckResult> {
  const { id, machine } = check;
  const startedAtMs = performance.now();
  const missing = brokenNeed(check, options.ledger);
  let outcome: CheckOutcome = missing === undefined ? await look(check, options.signal) : skipped(missing);
  let fixed: string | undefined;
  if (options.fixes && outcome.fix !== undefined) {
    fixed = await mend(outcome.fix);
    const again = await look(check, options.signal);
    outcome = again.fix === undefined ? again : { ...again, summary: `${again.summary} (${fixed})` };
  }
  const { status, summary, details = {}, remediation = null, code } = outcome;
  return {
    id,
    status,
    machine,
    ...(chain.executor === undefined ? {} : { executor: chain.executor }),
    ...(chain.server === undefined ? {} : { server: chain.server }),
    summary,
    details,
    remediation,
    durationMs: Math.round(performance.now() - startedAtMs),
    ...(code === undefined ? {} : { code }),
    ...(fixed === undefined ? {} : { fixed }),
  };
}

/** The first cause: a link that could not be looked at itself names the one that is broken. */
function brokenNeed(check: Check, ledger: Ledger): string | undefined {
  for (const key of check.needs ?? []) {
    const need = ledger.get(key);
    if (need?.status === "failed") return key;
    if (need?.status === "skipped") return String(need.details["because"] ?? key);
  }
  return undefined;
}

async function look(check: Check, signal: AbortSignal): Promise<CheckOutcome> {
  try {
    return await untilAborted((async () => check.run())(), signal, "The diagnosis");
  } catch (thrown) {
    if (signal.aborted) throw canceledError(signal, "The diagnosis");
    // A check that cannot be made is no proof that its link holds.
    const error = toFairleadError(thrown);
    return brokenBy(error, isFairleadError(thrown) ? error.message : `the check failed: ${error.message}`);
  }
}

async function mend(fix: () => Promise<string>): Promise<string> {
  try {
    return await fix();
  } catch (thrown) {
    return `could not be mended: ${toFairleadError(thrown).message}`;
  }
}
