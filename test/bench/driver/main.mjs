// The host side of one contestant, in a process of its own. It is told what to do over the channel to its parent.
import { measureEchoDuringTransfer } from "./bulk-stream.mjs";
import { measureCalls, openCalls } from "./call-load.mjs";
import { measureBulk, measureLatency, measureThroughput } from "./echo.mjs";
import { closeSessions, sessionFor } from "./fairlead-line.mjs";
import { measureRequests, measureStreams, openHttp } from "./http-load.mjs";
import { openLine } from "./lines.mjs";
import { startNumberedLoad } from "./numbered-load.mjs";
import { startTree } from "./tree.mjs";

const lines = new Map();
let calls;
let http;
let load;
let tree;

const methods = {
  /** Opens a line to a new child. @returns its pid, where this process knows it */
  open: async ({ line = "main", ...spec }) => {
    const opened = await openLine(spec);
    lines.set(line, opened);
    return opened.pid;
  },
  /** Opens the session with an executor before the first line needs it. */
  connect: async ({ target }) => void (await sessionFor(target)),
  closeLine: async ({ line = "main" }) => {
    await lineOf(line).close();
    lines.delete(line);
  },
  latency: ({ line, ...work }) => measureLatency(lineOf(line), work),
  /** One echo over each line in turn. */
  latencyOver: async ({ lines: names, messages }) => {
    const durationsMs = [];
    for (let index = 0; index < messages; index += 1) {
      const line = lineOf(names[index % names.length]);
      durationsMs.push(...(await measureLatency(line, { messages: 1 })));
    }
    return Float64Array.from(durationsMs);
  },
  throughput: ({ line, ...work }) => measureThroughput(lineOf(line), work),
  bulk: ({ line, ...work }) => measureBulk(lineOf(line), work),
  echoDuringTransfer: ({ echo, bulk, ...transfer }) =>
    measureEchoDuringTransfer(lineOf(echo), lineOf(bulk), transfer),
  /** Connects an agent. @returns the pid of what it started, if it did */
  openCalls: async (spec) => {
    calls = await openCalls(spec);
    return calls.pid;
  },
  calls: (work) => measureCalls(calls, work),
  openHttp: async (spec) => {
    http = await openHttp(spec);
  },
  httpRequests: (work) => measureRequests(http, work),
  httpStreams: (work) => measureStreams(http, work),
  startLoad: async ({ line, ...options }) => {
    load = await startNumberedLoad(lineOf(line), options);
  },
  recovered: () => load.recovered(),
  finishLoad: () => load.finish(),
  startTree: async (spec) => {
    tree = await startTree(spec);
  },
  /** @returns milliseconds */
  endTree: async () => {
    const startedAtMs = performance.now();
    await tree.end();
    return performance.now() - startedAtMs;
  },
  memory: () => {
    globalThis.gc();
    return process.memoryUsage();
  },
  close: async () => {
    await Promise.all([...lines.values()].map((line) => line.close()));
    await calls?.close();
    await http?.close();
    await closeSessions();
  },
};

// The parent has gone, or has no more to ask.
process.once("disconnect", () => process.exit());
process.on("message", ({ id, method, params }) => {
  Promise.resolve()
    .then(() => methods[method](params))
    .then(
      (result) => process.send({ id, result }),
      (error) => process.send({ id, error: error?.stack ?? String(error) }),
    );
});

function lineOf(name = "main") {
  const line = lines.get(name);
  if (line === undefined) throw new Error(`No line ${name} is open`);
  return line;
}
