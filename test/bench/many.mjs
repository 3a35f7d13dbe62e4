import { holdAgainst } from "./lib/aims.mjs";
import { startDriver } from "./lib/driver-process.mjs";
import { startExecutor } from "./lib/executor.mjs";
import { memoryProbe } from "./lib/memory-probe.mjs";
import { residentBytes } from "./lib/processes.mjs";
import { interleave } from "./lib/rounds.mjs";
import { ratios, summarize } from "./lib/stats.mjs";

const mebibyte = 2 ** 20;
/** The smallest server there is: it answers every line by itself, and needs next to no memory. */
const tinyServer = ["cat"];
const warmUpMessages = 2_000;
const counts = [1, 10, 100, 250];

/** Many servers on one executor: what each of them costs on either side, and whether calls get slower. */
export async function run(context) {
  const contestants = counts.flatMap((count) => [
    { name: `direct × ${count}`, count, open: openDirect },
    { name: `fairlead × ${count}`, count, open: openOurs },
  ]);
  const messages = context.amount(2_000, 500);
  const figures = await interleave(context, contestants, (each) => measure(context, each, messages), {
    warmUp: false,
  });
  return {
    title: "servers (cat) on one executor; MiB per server after gc, calls over all",
    columns: [
      { head: "host RSS", figure: "hostRss", digits: 2 },
      { head: "heap", figure: "hostHeap", digits: 2 },
      { head: "exec RSS", figure: "executorRss", digits: 2 },
      { head: "heap", figure: "executorHeap", digits: 2 },
      { head: "children", figure: "childrenRss", digits: 2 },
      { head: "p50 ms", figure: "p50Ms", digits: 3 },
    ],
    figures,
    aims: aimsOf(figures),
    notes: [
      "Memory is what was added since the session was opened, divided by the number of servers; " +
        "with few servers the noise of one process is divided by little.",
    ],
  };
}

/** Everything is new for each measurement: memory that was once taken is seldom given back. */
async function measure(context, { count, open }, messages) {
  const scope = context.scope();
  try {
    const { driver, spec, executor } = await open(scope);
    const before = await memories(driver, executor);
    const lines = Array.from({ length: count }, (_, index) => `line-${index}`);
    const pids = [];
    for (const line of lines) pids.push(await driver.call("open", { line, ...spec }));
    // Every server answers, and the code gets warm, before memory and time count.
    await driver.call("latencyOver", { lines, messages: Math.max(warmUpMessages, 5 * count) });
    const { p50Ms, p99Ms } = summarize(await driver.call("latencyOver", { lines, messages }));
    const after = await memories(driver, executor);
    const perServer = (figure) => (after[figure] - before[figure]) / count / mebibyte;
    const childrenBytes = pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
    return {
      ...Object.fromEntries(Object.keys(after).map((figure) => [figure, perServer(figure)])),
      childrenRss: childrenBytes / count / mebibyte,
      p50Ms,
      p99Ms,
    };
  } finally {
    await scope.close();
  }
}

async function openDirect(scope) {
  const driver = await startDriver(scope, "direct");
  return { driver, spec: { kind: "pipe", argv: tinyServer } };
}

async function openOurs(scope) {
  const probe = memoryProbe(scope, "executor");
  const { nodeFlags, env } = probe;
  const executor = await startExecutor(scope, "executor", { listen: "unix", nodeFlags, env });
  const driver = await startDriver(scope, "fairlead");
  // The session is there before the first measurement: it is not part of a server's price.
  await driver.call("connect", { target: executor.target });
  const spec = { kind: "fairlead", target: executor.target, argv: tinyServer };
  return { driver, spec, executor: { read: () => probe.read(executor.pid) } };
}

async function memories(driver, executor) {
  const host = await driver.call("memory");
  const far = await executor?.read();
  return {
    hostRss: host.rss,
    hostHeap: host.heapUsed,
    ...(far === undefined ? {} : { executorRss: far.rss, executorHeap: far.heapUsed }),
  };
}

function aimsOf(figures) {
  const own = (count) => figures[`fairlead × ${count}`];
  const direct = (count) => figures[`direct × ${count}`];
  return [
    ...[100, 250].flatMap((count) => [
      perServer(`host memory per server of ${count}`, own(count).hostRss),
      perServer(`executor memory per server of ${count}`, own(count).executorRss),
    ]),
    holdAgainst("p50 with 100 / p50 with 1, against the same of direct children", {
      better: "lower",
      aim: 1.25,
      values: ratios(slower(own), slower(direct)),
    }),
  ];
}

function perServer(what, values) {
  return holdAgainst(what, { better: "lower", aim: 1, unit: "MiB", values });
}

/** How much slower calls over 100 servers are than those to one. */
function slower(of) {
  return ratios(of(100).p50Ms, of(1).p50Ms);
}
