import { holdAboveFloor, holdAgainst, notMeasured } from "./lib/aims.mjs";
import { httpNames, openHttpContestants } from "./lib/http-contestants.mjs";
import { canReadMemory, peakResidentBytes, resetPeakResident, residentBytes } from "./lib/processes.mjs";
import { interleave, interleaveSlices } from "./lib/rounds.mjs";
import { ratios, summarize } from "./lib/stats.mjs";

const mebibyte = 2 ** 20;
const slices = 10;
const parallel = 32;
const ours = ["unix", "tcp", "tls"].map((listen) => httpNames[listen]);

/** Requests that leave from the executor's machine: how long small ones take, and how fast long answers stream. */
export async function run(context) {
  const { contestants, notes } = await openHttpContestants(context);
  const small = await measureSmall(context, contestants);
  const alone = await measureOneStream(context, contestants);
  const together = await measureParallel(context, contestants);
  const figures = Object.fromEntries(
    contestants.map(({ name }) => [name, { ...small[name], ...alone[name], ...together[name] }]),
  );
  return {
    title: `small requests, ${parallel} at once; answers of ${context.amount(256, 32)} MiB in one and ${parallel} streams`,
    columns: [
      { head: "p50 ms", figure: "p50Ms", digits: 3 },
      { head: "p99 ms", figure: "p99Ms", digits: 3 },
      { head: "req/s", figure: "perSecond", digits: 0 },
      { head: "MiB/s", figure: "oneStream", digits: 0 },
      { head: `${parallel} ×`, figure: "manyStreams", digits: 0 },
      { head: "host +MiB", figure: "hostGrowth", digits: 1 },
      { head: "exec +MiB", figure: "executorGrowth", digits: 1 },
    ],
    figures,
    aims: ours.flatMap((name) => aimsOf(name, figures)),
    notes: [
      ...notes,
      "Memory is the highest resident size while one answer streamed, above what it was after the same work in the round that warmed up.",
    ],
  };
}

/** Slices take turns, so that a busy second hits everybody. */
function measureSmall(context, contestants) {
  const requests = context.amount(1_000, 200) / slices;
  return interleaveSlices(context, contestants, {
    slices,
    sample: async ({ driver }) => (await driver.call("httpRequests", { requests })).durationsMs,
    toFigures: summarize,
  });
}

/** Before anything runs in parallel, whose memory a process may keep. */
function measureOneStream(context, contestants) {
  const byteCount = streamBytes(context);
  const afterWarmUp = new Map();
  return interleave(context, contestants, async ({ driver, executorPid }, round) => {
    const pids = canReadMemory() ? { hostGrowth: driver.pid, executorGrowth: executorPid } : {};
    const watched = Object.entries(pids).filter(([, pid]) => pid !== undefined);
    for (const [, pid] of watched) resetPeakResident(pid);
    const { mebibytesPerSecond } = await driver.call("httpStreams", { byteCount });
    if (round < 0) for (const [, pid] of watched) afterWarmUp.set(pid, residentBytes(pid));
    const growth = watched.map(([figure, pid]) => [
      figure,
      (peakResidentBytes(pid) - afterWarmUp.get(pid)) / mebibyte,
    ]);
    return { oneStream: mebibytesPerSecond, ...Object.fromEntries(growth) };
  });
}

function measureParallel(context, contestants) {
  const byteCount = streamBytes(context);
  const requests = context.amount(2_000, 400);
  return interleave(context, contestants, async ({ driver }) => {
    const { perSecond } = await driver.call("httpRequests", { requests, inFlight: parallel });
    const many = await driver.call("httpStreams", { byteCount, streams: parallel });
    return { perSecond, manyStreams: many.mebibytesPerSecond };
  });
}

function streamBytes(context) {
  return context.amount(256, 32) * mebibyte;
}

function aimsOf(name, figures) {
  const { [name]: own, [httpNames.direct]: direct, [httpNames.ssh]: ssh } = figures;
  const against = (what, { figure, ...aim }) =>
    ssh === undefined
      ? notMeasured(`${name} ${what}`, "no sshd")
      : holdAgainst(`${name} ${what}`, { ...aim, values: ratios(own[figure], ssh[figure]) });
  const memory = (what, values) =>
    values === undefined
      ? notMeasured(`${name} ${what}`, "no /proc")
      : holdAgainst(`${name} ${what}`, { better: "lower", aim: 32, unit: "MiB", values });
  return [
    holdAboveFloor(`${name} p50 is above that of undici alone`, { values: own.p50Ms, floor: direct.p50Ms }),
    against("p50 / ssh -L", { figure: "p50Ms", better: "lower", aim: 2 }),
    against("one stream / ssh -L", { figure: "oneStream", better: "higher", aim: 1 }),
    memory("host memory while it streams", own.hostGrowth),
    memory("executor memory while it streams", own.executorGrowth),
  ];
}
