import { holdAgainst, notMeasured } from "./lib/aims.mjs";
import { openRelayContestants, relayNames } from "./lib/relay-contestants.mjs";
import { interleave } from "./lib/rounds.mjs";
import { ratios } from "./lib/stats.mjs";

const mebibyte = 2 ** 20;
const ours = ["unix", "tcp", "tls"].map((listen) => relayNames[listen]);

/** How many lines a second with 64 under way, and how much of long lines. */
export async function run(context) {
  const { contestants, notes } = await openRelayContestants(context);
  const messages = context.amount(30_000, 3_000);
  const figures = await interleave(context, contestants, async ({ driver }) => {
    const small = await driver.call("throughput", { messages, inFlight: 64 });
    const one = await driver.call("bulk", { messages: context.amount(24, 4), messageBytes: mebibyte });
    const large = await driver.call("bulk", { messages: context.amount(3, 1), messageBytes: 16 * mebibyte });
    return {
      perSecond: small.perSecond,
      oneMebibyte: one.mebibytesPerSecond,
      sixteenMebibytes: large.mebibytesPerSecond,
    };
  });
  return {
    title: "echo, 64 short lines in flight; lines of 1 and 16 MiB in MiB/s",
    columns: [
      { head: "lines/s", figure: "perSecond", digits: 0 },
      { head: "1 MiB", figure: "oneMebibyte", digits: 1 },
      { head: "16 MiB", figure: "sixteenMebibytes", digits: 1 },
    ],
    figures,
    aims: ours.flatMap((name) => aimsOf(name, figures)),
    notes,
  };
}

function aimsOf(name, figures) {
  const { [name]: own, [relayNames.relay]: relay, [relayNames.ssh]: ssh } = figures;
  const against = (what, aim, figure, baseline) =>
    baseline === undefined
      ? notMeasured(`${name} ${what}`, "no sshd")
      : holdAgainst(`${name} ${what}`, {
          better: "higher",
          aim,
          values: ratios(own[figure], baseline[figure]),
        });
  return [
    against("lines/s / ssh", 1, "perSecond", ssh),
    against("lines/s / TCP relay", 0.8, "perSecond", relay),
    against("1 MiB / ssh", 1, "oneMebibyte", ssh),
    against("16 MiB / ssh", 1, "sixteenMebibytes", ssh),
  ];
}
