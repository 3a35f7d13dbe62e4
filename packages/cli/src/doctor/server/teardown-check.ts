import type { StopReport } from "@fairlead/core";
import { broken, type CheckOutcome, ok } from "../check.js";
import { placeName } from "../place.js";
import { note } from "../shell-words.js";
import type { ServerFacts } from "./server-facts.js";

/**
 * Stops a server and looks whether anything of it is left on its executor; also of one that did not come up.
 */
export async function checkTeardown({ server, executor, place, start }: ServerFacts): Promise<CheckOutcome> {
  const started = await start();
  const report = "connection" in started ? await started.connection.close() : undefined;
  const session = await executor.session();
  const listed = await session.listProcesses({ withTrees: true });
  const left = listed.filter(({ labels }) => labels["server"] === server.name).flatMap(({ tree }) => tree);
  const pids = [...new Set([...(report?.survived ?? []), ...left].map(({ pid }) => pid))];
  if (pids.length > 0) {
    const here = await place();
    const end = here.isWindows
      ? `taskkill /F ${pids.map((pid) => `/PID ${pid}`).join(" ")}`
      : `kill -9 ${pids.join(" ")}`;
    return broken(
      `${pids.length === 1 ? "1 process" : `${pids.length} processes`} of it could not be ended`,
      {
        code: "internal",
        details: { reason: "tree_survived", pids: pids.join(", ") },
        remediation: note(`look what they are (fairlead ps), and end them on ${placeName(here)}: ${end}`),
      },
    );
  }
  return ok(stopWords(report), stopDetails(report));
}

function stopWords(report: StopReport | undefined): string {
  if (report === undefined) return "nothing of it is left";
  const { forced } = report;
  return forced.length === 0 ? "it ends, nothing is left" : "it had to be killed; nothing is left";
}

function stopDetails(report: StopReport | undefined): Readonly<Record<string, number | string>> {
  if (report === undefined) return {};
  const { ended, forced, blindSpots } = report;
  return {
    ended: ended.length,
    forced: forced.length,
    ...(blindSpots.length === 0 ? {} : { blindSpots: blindSpots.join(", ") }),
  };
}
