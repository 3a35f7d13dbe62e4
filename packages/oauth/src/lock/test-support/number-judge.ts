import type { ProcessJudge } from "../process-judge.js";

/** Knows processes of this machine by their numbers alone; `likely` in front of one says what it makes of it. */
export const numberJudge: ProcessJudge = {
  ownMark: () => String(process.pid),
  judge: (mark) => {
    if (/^likely \d+$/.test(mark)) return "likely";
    if (!/^\d+$/.test(mark)) return "unknown";
    try {
      process.kill(Number(mark), 0);
      return "alive";
    } catch {
      return "dead";
    }
  },
};
