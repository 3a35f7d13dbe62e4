import { setTimeout as pause } from "node:timers/promises";
import { createSeededRandom, startChaosProxy } from "@fairlead/testkit";
import { holdAgainst } from "./lib/aims.mjs";
import { monotonicMs } from "./lib/clock.mjs";
import { startDriver } from "./lib/driver-process.mjs";
import { startExecutor, throughPort } from "./lib/executor.mjs";
import { echoChild } from "./lib/programs.mjs";
import { quantile } from "./lib/stats.mjs";

const cutEveryMs = 200;
/** Enough that bytes are under way in both directions at any moment. */
const line = { roundTripMs: 20, bitsPerSecond: 100e6 };
const inFlight = 512;
const longOutageMs = 10_000;

/** A line that is cut every 200 ms under load in both directions, short outages, and a long one. */
export async function run(context) {
  const seed = Number(process.env.FAIRLEAD_SEED ?? Date.now() % 2 ** 32);
  const random = createSeededRandom(seed);
  const { driver, proxy } = await openLoad(context);
  const recoveries = { cut: [], short: [], long: [] };
  const measure = async (kind, outageMs) => {
    recoveries[kind].push(await recoverFrom(driver, proxy, outageMs));
    await pause(random.integer(cutEveryMs / 2, (cutEveryMs * 3) / 2));
  };
  const cuts = context.rounds * context.amount(200, 25);
  for (let cut = 1; cut <= cuts; cut += 1) {
    if (cut % 20 === 0) context.progress(`cut ${cut} of ${cuts}`);
    await measure("cut", 0);
  }
  const { cuts: made, toTarget, fromTarget } = proxy.counters();
  for (let outage = 0; outage < context.rounds * 5; outage += 1)
    await measure("short", random.integer(20, 200));
  for (let outage = 0; outage < context.amount(2, 1); outage += 1) {
    context.progress("an outage of 10 s");
    await measure("long", longOutageMs);
  }
  const counts = await driver.call("finishLoad");
  return {
    title: `cuts every ${cutEveryMs} ms under load both ways, then outages; seed ${seed}`,
    columns: [
      { head: "cuts", figure: "count", digits: 0 },
      { head: "p50 ms", figure: "p50Ms", digits: 0 },
      { head: "p95 ms", figure: "p95Ms", digits: 0 },
      { head: "worst ms", figure: "worstMs", digits: 0 },
    ],
    figures: {
      "cut, back at once": summary(recoveries.cut),
      "outage of 20 to 200 ms": summary(recoveries.short),
      "outage of 10 s": summary(recoveries.long),
    },
    counts,
    aims: [
      ...["lost", "duplicated", "changed"].map((what) =>
        exact(`lines ${what} of ${counts.sent}`, counts[what]),
      ),
      underWay("to the executor", toTarget, made),
      underWay("from it", fromTarget, made),
      within("recovery after a cut, p95", 100, recoveries.cut, 0.95),
      within("recovery after up to 200 ms, p95", 100, recoveries.short, 0.95),
      within("recovery after 10 s, worst", 1_200, recoveries.long, 1),
    ],
    notes: [
      "Recovery: from the moment the line could carry bytes again to the first answer over it.",
      `FAIRLEAD_SEED=${seed} repeats the times of the cuts.`,
    ],
  };
}

async function openLoad(context) {
  const executor = await startExecutor(context, "executor", { listen: "tcp" });
  const proxy = await startChaosProxy({ targetPort: executor.port, ...line });
  context.own({ close: () => proxy[Symbol.asyncDispose]() });
  const driver = await startDriver(context, "fairlead");
  const target = throughPort(executor.target, proxy.port);
  await driver.call("open", { kind: "fairlead", target, argv: echoChild });
  await driver.call("latency", { messages: 50 });
  await driver.call("startLoad", { target, inFlight });
  await pause(cutEveryMs);
  return { driver, proxy };
}

/** Breaks everything for so long. @returns milliseconds from the end of the outage to the first answer */
async function recoverFrom(driver, proxy, outageMs) {
  const recovered = driver.call("recovered");
  if (outageMs > 0) proxy.admit("refuse");
  proxy.cut();
  if (outageMs > 0) await pause(outageMs);
  const passableAtMs = monotonicMs();
  proxy.admit("carry");
  return (await recovered) - passableAtMs;
}

function summary(durationsMs) {
  return {
    count: [durationsMs.length],
    p50Ms: [quantile(durationsMs, 0.5)],
    p95Ms: [quantile(durationsMs, 0.95)],
    worstMs: [quantile(durationsMs, 1)],
    durationsMs,
  };
}

function within(what, aim, durationsMs, share) {
  return holdAgainst(what, { better: "lower", aim, unit: "ms", values: [quantile(durationsMs, share)] });
}

function exact(what, value) {
  return holdAgainst(what, { better: "lower", aim: 0, unit: "", values: [value] });
}

function underWay(way, { cutsHoldingData }, cuts) {
  const values = [(100 * cutsHoldingData) / cuts];
  return holdAgainst(`cuts with unacknowledged bytes ${way}`, {
    better: "higher",
    aim: 90,
    unit: "%",
    values,
  });
}
