import { monotonicMs } from "../lib/clock.mjs";
import { sessionFor } from "./fairlead-line.mjs";

const messageBytes = 1_000;
const numberChars = 12;
const patienceMs = 60_000;
const filler = "x".repeat(messageBytes - numberChars - 1);

/**
 * Keeps numbered lines under way through an echoing child, over a line that is cut again and again, and counts what is
 * lost, comes twice or is changed.
 * @param options `target` of the session that is watched, and `inFlight`
 */
export async function startNumberedLoad(line, { target, inFlight }) {
  const session = await sessionFor(target);
  const counts = { sent: 0, received: 0, lost: 0, duplicated: 0, changed: 0, recoveries: 0 };
  let sending = true;
  let brokenAtMs;
  let failure;
  /** Called at the first bytes after a recovery, and at the last answer of all. */
  let onRecovered = ignore;
  let onDrained = ignore;
  const answers = createLineReader((text) => take(text));

  const unwatch = session.onState?.(({ state }) => {
    if (state === "recovering") brokenAtMs ??= monotonicMs();
  });
  line.onFailure = (error) => {
    failure = error;
    onDrained();
  };
  line.onBytes = (chunk) => {
    answers.push(chunk);
    if (brokenAtMs === undefined || session.state.state !== "connected") return;
    brokenAtMs = undefined;
    counts.recoveries += 1;
    onRecovered(monotonicMs());
  };
  for (let index = 0; index < inFlight; index += 1) send();

  function send() {
    line.write(Buffer.from(`${String(counts.sent).padStart(numberChars, "0")}${filler}\n`));
    counts.sent += 1;
  }

  function take(text) {
    const number = Number(text.slice(0, numberChars));
    if (text.slice(numberChars) !== filler || !Number.isInteger(number)) counts.changed += 1;
    else if (number < counts.received) counts.duplicated += 1;
    else {
      counts.lost += number - counts.received;
      counts.received = number + 1;
    }
    if (sending) send();
    else if (counts.received === counts.sent) onDrained();
  }

  return {
    /** Waits for the first bytes after the next, or present, recovery. @returns when they came, on the monotonic clock */
    recovered: () =>
      withPatience("The recovery", (resolve) => {
        onRecovered = resolve;
      }),
    /** Sends no more, waits for what is under way and counts. */
    finish: async () => {
      sending = false;
      if (counts.received < counts.sent && failure === undefined) {
        await withPatience("The last answer", (resolve) => {
          onDrained = resolve;
        });
      }
      unwatch?.();
      if (failure !== undefined) throw failure;
      return { ...counts, lost: counts.lost + counts.sent - counts.received };
    },
  };
}

function ignore() {}

function createLineReader(onLine) {
  let rest = "";
  return {
    push: (chunk) => {
      const lines = (rest + Buffer.from(chunk).toString("latin1")).split("\n");
      rest = lines.pop();
      for (const text of lines) onLine(text);
    },
  };
}

function withPatience(what, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} took over ${patienceMs} ms`)), patienceMs);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
