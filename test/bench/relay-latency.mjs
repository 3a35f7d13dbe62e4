import { holdAboveFloor, holdAgainst, notMeasured } from "./lib/aims.mjs";
import { openRelayContestants, relayNames } from "./lib/relay-contestants.mjs";
import { interleaveSlices } from "./lib/rounds.mjs";
import { ratios, summarize } from "./lib/stats.mjs";

const ours = ["unix", "tcp", "tls"].map((listen) => relayNames[listen]);

/** How long one line of 100 bytes takes to a child and back, one at a time. */
export async function run(context) {
  const { contestants, notes } = await openRelayContestants(context);
  const messages = context.amount(2_000, 300);
  const slices = context.amount(8, 3);
  const figures = await interleaveSlices(context, contestants, {
    slices,
    sample: ({ driver }) => driver.call("latency", { messages: messages / slices }),
    toFigures: summarize,
  });
  return {
    title: `echo of 100-byte lines, one at a time, ${messages} a round`,
    columns: [
      { head: "p50 ms", figure: "p50Ms", digits: 3 },
      { head: "p99 ms", figure: "p99Ms", digits: 3 },
    ],
    figures,
    aims: ours.flatMap((name) => aimsOf(name, figures)),
    notes,
  };
}

function aimsOf(name, figures) {
  const { [name]: own, [relayNames.pipe]: pipe, [relayNames.relay]: relay, [relayNames.ssh]: ssh } = figures;
  const against = (what, aim, figure, baseline) =>
    baseline === undefined
      ? notMeasured(`${name} ${what}`, "no sshd")
      : holdAgainst(`${name} ${what}`, {
          better: "lower",
          aim,
          values: ratios(own[figure], baseline[figure]),
        });
  return [
    holdAboveFloor(`${name} p50 / raw pipe`, { values: own.p50Ms, floor: pipe.p50Ms }),
    against("p50 / TCP relay", 1.25, "p50Ms", relay),
    against("p50 / ssh", 1, "p50Ms", ssh),
    against("p99 / ssh", 1, "p99Ms", ssh),
  ];
}
