import { toFairleadError } from "@fairlead/core";
import type { StartDeadline } from "../connection/start-deadline.js";
import type { HttpCore } from "./http-core.js";
import { failedBy } from "./http-failures.js";
import { type PostMessageOptions, postMessage } from "./post-message.js";
import { retryDelayMs, retryRule } from "./retry-rules.js";
import { sleepMs } from "./sleep-ms.js";

/** Posts a message that belongs to a handshake, and so is sent again as the handshake is. @throws as `postMessage` */
export async function postPatiently(
  core: HttpCore,
  line: Buffer,
  options: Omit<PostMessageOptions, "signal"> & { readonly deadline: StartDeadline },
): Promise<void> {
  const { deadline } = options;
  const rule = retryRule({ method: "initialize" });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await postMessage(core, line, { ...options, signal: deadline.signal });
    } catch (thrown) {
      // What ended the wait says more than that it was ended.
      deadline.signal.throwIfAborted();
      const error = toFairleadError(thrown);
      const delayMs = retryDelayMs(rule, attempt, failedBy(error));
      if (delayMs === undefined || performance.now() + delayMs > deadline.atMs) throw error;
      await sleepMs(delayMs, deadline.signal);
      deadline.signal.throwIfAborted();
    }
  }
}
