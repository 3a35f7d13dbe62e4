import { startChaosProxy } from "@fairlead/testkit";
import { holdAgainst, notMeasured } from "./lib/aims.mjs";
import { startDriver } from "./lib/driver-process.mjs";
import { startExecutor, throughPort } from "./lib/executor.mjs";
import { startProgram } from "./lib/processes.mjs";
import { echoChild, programCommand, remoteCommand } from "./lib/programs.mjs";
import { interleave } from "./lib/rounds.mjs";
import { startSshd, whyNoSsh } from "./lib/sshd.mjs";
import { ratios, summarize } from "./lib/stats.mjs";

const line = { roundTripMs: 50, bitsPerSecond: 100e6 };
const names = { ours: "fairlead", ssh: "ssh, two", shared: "ssh, one shared", relay: "TCP relay" };

/** A line with 50 ms of round trip and 100 Mbit/s: echoes alone, echoes beside a transfer, and the transfer itself. */
export async function run(context) {
  const byteCount = context.amount(64, 16) * 2 ** 20;
  const notes = [
    `Each transfer is ${byteCount / 2 ** 20} MiB, checked byte by byte; echoes of another process go on meanwhile.`,
    "RTT is what an echo takes through a TCP relay on the same line.",
  ];
  const contestants = [await openRelay(context), await openOurs(context, byteCount)];
  const noSsh = whyNoSsh();
  if (noSsh === undefined) contestants.push(...(await openSsh(context, byteCount)));
  else notes.push(`No ssh contestants: ${noSsh}.`);
  const figures = await interleave(
    context,
    contestants,
    (contestant) => measureLine(contestant, context.amount(40, 10), byteCount),
    { warmUp: false },
  );
  return {
    title: "50 ms round trip and 100 Mbit/s in a userspace proxy",
    columns: [
      { head: "idle p50", figure: "idleP50Ms", digits: 1 },
      { head: "p50 ms up", figure: "upP50Ms", digits: 1 },
      { head: "p99", figure: "upP99Ms", digits: 1 },
      { head: "p50 down", figure: "downP50Ms", digits: 1 },
      { head: "p99", figure: "downP99Ms", digits: 1 },
      { head: "up %", figure: "upPercent", digits: 0 },
      { head: "down %", figure: "downPercent", digits: 0 },
    ],
    figures,
    aims: aimsOf(figures),
    notes,
  };
}

async function measureLine({ driver, echoOnly = false }, messages, byteCount) {
  const idle = summarize(await driver.call("latency", { line: "echo", messages }));
  const figures = { idleP50Ms: idle.p50Ms, idleP99Ms: idle.p99Ms };
  for (const direction of echoOnly ? [] : ["up", "down"]) {
    const work = { echo: "echo", bulk: direction, direction, byteCount };
    const { transferMs, durationsMs } = await driver.call("echoDuringTransfer", work);
    const { p50Ms, p99Ms } = summarize(durationsMs);
    figures[`${direction}P50Ms`] = p50Ms;
    figures[`${direction}P99Ms`] = p99Ms;
    figures[`${direction}Percent`] = (100 * byteCount * 8) / (transferMs / 1_000) / line.bitsPerSecond;
  }
  return figures;
}

/** What runs at the far end, by the name of its line. */
function childrenFor(byteCount) {
  return {
    echo: echoChild,
    up: programCommand("sink.mjs", String(byteCount)),
    down: programCommand("source.mjs"),
  };
}

/** Tells how long a round trip really takes: the proxy's timers add to it. */
async function openRelay(context) {
  const relay = context.own(await startProgram(programCommand("tcp-relay.mjs", ...echoChild)));
  const proxy = await startLine(context, Number(relay.line));
  const driver = await startDriver(context, "relay");
  await driver.call("open", { line: "echo", kind: "tcp", port: proxy.port });
  return { name: names.relay, driver, echoOnly: true };
}

async function openOurs(context, byteCount) {
  const executor = await startExecutor(context, "executor", { listen: "tcp" });
  const proxy = await startLine(context, executor.port);
  const driver = await startDriver(context, "fairlead");
  const target = throughPort(executor.target, proxy.port);
  for (const [name, argv] of Object.entries(childrenFor(byteCount))) {
    await driver.call("open", { line: name, kind: "fairlead", target, argv });
  }
  return { name: names.ours, driver };
}

async function openSsh(context, byteCount) {
  const sshd = await startSshd(context);
  const children = Object.entries(childrenFor(byteCount));
  const open = async (name, options) => {
    const proxy = await startLine(context, sshd.port);
    const driver = await startDriver(context, name.replaceAll(/\W+/g, "-"));
    for (const [child, argv] of children) {
      const command = [...sshd.command(proxy.port, options), ...remoteCommand(argv)];
      await driver.call("open", { line: child, kind: "pipe", argv: command });
      // One answer before the next: a shared connection must be up before others join it.
      if (child === "echo") await driver.call("latency", { line: "echo", messages: 1 });
    }
    return { name, driver };
  };
  const sharing = ["ControlMaster=auto", `ControlPath=${context.file("mux")}`];
  return [await open(names.ssh, []), await open(names.shared, sharing)];
}

async function startLine(context, targetPort) {
  const proxy = await startChaosProxy({ targetPort, ...line });
  context.own({ close: () => proxy[Symbol.asyncDispose]() });
  return proxy;
}

function aimsOf({ [names.ours]: own, [names.ssh]: ssh, [names.relay]: relay }) {
  const latency = (what, figure) =>
    holdAgainst(what, {
      better: "lower",
      aim: 1.05,
      unit: "× RTT",
      values: ratios(own[figure], relay.idleP50Ms),
    });
  const share = (what, figure) =>
    holdAgainst(what, { better: "higher", aim: 90, unit: "%", values: own[figure] });
  const against = (what, figure, better) =>
    ssh === undefined
      ? notMeasured(what, "no sshd")
      : holdAgainst(what, { better, aim: 1, values: ratios(own[figure], ssh[figure]) });
  return [
    latency("idle echo p50", "idleP50Ms"),
    latency("echo p99 during upload", "upP99Ms"),
    latency("echo p99 during download", "downP99Ms"),
    share("upload of the line's 100 Mbit/s", "upPercent"),
    share("download", "downPercent"),
    against("echo p99 during upload / ssh", "upP99Ms", "lower"),
    against("echo p99 during download / ssh", "downP99Ms", "lower"),
  ];
}
