import { holdAboveFloor, holdAgainst, notMeasured } from "./lib/aims.mjs";
import { callNames, openCallContestants } from "./lib/call-contestants.mjs";
import { whyNoBridges } from "./lib/foreign.mjs";
import { interleave, interleaveSlices } from "./lib/rounds.mjs";
import { ratios, summarize } from "./lib/stats.mjs";
import { countWrites, whyNoWriteCount } from "./lib/write-count.mjs";

const slices = 5;
const parallel = 32;
const stdout = "1";

/** One tools/call from an agent over gateway and executor to a server and back. */
export async function run(context) {
  const { contestants, notes, gateway, executor } = await openCallContestants(context);
  const calls = context.amount(1_000, 50);
  const alone = await interleaveSlices(context, contestants, {
    slices,
    sample: async ({ driver }) => (await driver.call("calls", { calls: calls / slices })).durationsMs,
    toFigures: summarize,
  });
  const together = await interleave(context, contestants, async ({ driver }) => {
    const { perSecond } = await driver.call("calls", { calls: 2 * calls, inFlight: parallel });
    return { perSecond };
  });
  const figures = Object.fromEntries(
    contestants.map(({ name }) => [name, { ...alone[name], ...together[name] }]),
  );
  return {
    title: `tools/call, echo of 100 characters, one at a time and ${parallel} in flight`,
    columns: [
      { head: "p50 ms", figure: "p50Ms", digits: 3 },
      { head: "p99 ms", figure: "p99Ms", digits: 3 },
      { head: `calls/s, ${parallel} in flight`, figure: "perSecond", digits: 0 },
    ],
    figures,
    aims: [
      ...stdioAims(figures),
      ...httpAims(figures),
      ...(await writeAims(context, { contestants, gateway, executor })),
    ],
    notes,
  };
}

function stdioAims(figures) {
  const { [callNames.stdio]: own, [callNames.direct]: direct } = figures;
  return [
    holdAboveFloor("fairlead stdio p50 / direct", { values: own.p50Ms, floor: direct.p50Ms }),
    holdAgainst("fairlead stdio p50 / direct", {
      better: "lower",
      aim: 2,
      values: ratios(own.p50Ms, direct.p50Ms),
    }),
  ];
}

function httpAims(figures) {
  const { [callNames.http]: own, [callNames.face]: face } = figures;
  const floor = holdAboveFloor("fairlead HTTP p50 / 20-line face", { values: own.p50Ms, floor: face.p50Ms });
  const bridges = [callNames.supergateway, callNames.mcpProxy].flatMap((name) => figures[name] ?? []);
  const latency = "p50 of the best bridge / fairlead HTTP";
  const throughput = "calls/s of fairlead HTTP / the best bridge";
  if (bridges.length === 0)
    return [floor, notMeasured(latency, whyNoBridges), notMeasured(throughput, whyNoBridges)];
  const best = (figure, choose) =>
    bridges[0][figure].map((_, round) => choose(...bridges.map((bridge) => bridge[figure][round])));
  return [
    floor,
    holdAgainst(latency, { better: "higher", aim: 1.5, values: ratios(best("p50Ms", Math.min), own.p50Ms) }),
    holdAgainst(throughput, {
      better: "higher",
      aim: 2,
      values: ratios(own.perSecond, best("perSecond", Math.max)),
    }),
  ];
}

/** Counted apart from the times, because counting takes time. */
async function writeAims(context, { contestants, gateway, executor }) {
  const what = "writes a call";
  const reason = whyNoWriteCount();
  if (reason !== undefined) return [notMeasured(what, reason)];
  const { driver } = contestants.find(({ name }) => name === callNames.stdio);
  const calls = 100;
  const work = () => driver.call("calls", { calls });
  const byGateway = await countWrites(context, gateway, work);
  const byExecutor = await countWrites(context, executor, work);
  const all = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0) / calls;
  return [
    writes("writes to the agent a call", 1, (byGateway[stdout] ?? 0) / calls),
    // One towards the agent and one towards the executor; one towards the host and one towards the server.
    writes("all writes of the gateway a call", 2, all(byGateway)),
    writes("all writes of the executor a call", 2, all(byExecutor)),
  ];
}

function writes(what, aim, value) {
  return holdAgainst(what, { better: "lower", aim, unit: "", values: [value] });
}
