import { holdAgainst } from "./lib/aims.mjs";
import { interleaveSlices } from "./lib/rounds.mjs";
import { openStartContestants, startNames } from "./lib/start-contestants.mjs";
import { ratios, summarize } from "./lib/stats.mjs";

/** How long it takes until a program that was started is of use. */
export async function run(context) {
  const { contestants, notes } = await openStartContestants(context);
  const figures = await interleaveSlices(context, contestants, {
    slices: context.amount(5, 1),
    sample: async ({ start }) => [await start()],
    toFigures: summarize,
  });
  const against = (name, aim, base = startNames.node) =>
    holdAgainst(`${name} / ${base}`, {
      better: "lower",
      aim,
      values: ratios(figures[name].p50Ms, figures[base].p50Ms),
    });
  return {
    title: "from the start to the end of a command, or to an agent's first list of tools",
    columns: [
      { head: "p50 ms", figure: "p50Ms", digits: 0 },
      { head: "max ms", figure: "maxMs", digits: 0 },
    ],
    figures,
    aims: [
      against(startNames.version, 1.5),
      against(startNames.list, 2),
      against(startNames.completedServer, 1.5, startNames.version),
      against(startNames.completedTool, 1.5, startNames.version),
      against(startNames.completedFlag, 1.5, startNames.version),
      against(startNames.relay, 1.5),
      against(startNames.cached, 5),
    ],
    notes: [
      ...notes,
      "The server behind all of them is a script without dependencies. A cold serve starts an executor and the server.",
    ],
  };
}
