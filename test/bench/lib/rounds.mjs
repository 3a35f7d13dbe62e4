/**
 * Lets all contestants do the same work in turns, so that whatever disturbs the machine disturbs all of them. Each round
 * begins with another one. A round before the first warms up and is not counted.
 * @param measure gives an object of figures for one contestant
 * @returns for each contestant's name a list per figure, one value per round
 */
export async function interleave(context, contestants, measure, { warmUp = true } = {}) {
  const figures = Object.fromEntries(contestants.map(({ name }) => [name, {}]));
  for (let round = warmUp ? -1 : 0; round < context.rounds; round += 1) {
    context.progress(round < 0 ? "warming up" : `round ${round + 1} of ${context.rounds}`);
    for (const contestant of rotated(contestants, Math.max(0, round))) {
      note(figures[contestant.name], round, await measure(contestant, round));
    }
  }
  return figures;
}

/**
 * Like {@link interleave}, but every round is cut into slices that take turns too: for short work whose figures come from
 * many samples, on a machine whose load changes within a second.
 * @param sample gives an array of samples
 * @param toFigures makes the figures of a round from all of its samples
 */
export async function interleaveSlices(context, contestants, { slices, sample, toFigures }) {
  const figures = Object.fromEntries(contestants.map(({ name }) => [name, {}]));
  for (let round = -1; round < context.rounds; round += 1) {
    context.progress(round < 0 ? "warming up" : `round ${round + 1} of ${context.rounds}`);
    const samples = Object.fromEntries(contestants.map(({ name }) => [name, []]));
    for (let slice = 0; slice < slices; slice += 1) {
      for (const contestant of rotated(contestants, Math.max(0, round) + slice)) {
        samples[contestant.name].push(...(await sample(contestant)));
      }
    }
    for (const { name } of contestants) note(figures[name], round, toFigures(samples[name]));
  }
  return figures;
}

function note(figures, round, measured) {
  if (round < 0) return;
  for (const [figure, value] of Object.entries(measured)) (figures[figure] ??= []).push(value);
}

function rotated(items, by) {
  const start = by % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
