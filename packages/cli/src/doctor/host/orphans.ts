import { listOrphanedTrees, openTreeKeeper } from "@fairlead/machine";
import { broken, type CheckOutcome, ok } from "../check.js";
import { lines, note } from "../shell-words.js";

/**
 * Looks for processes that executors of this home left behind when they were killed together with their watchdogs. It has to
 * be made before any local executor is started: that one ends them.
 */
export async function checkOrphans(home: string): Promise<CheckOutcome> {
  const trees = await listOrphanedTrees(home);
  const processes = trees.flatMap((tree) => tree.processes);
  if (processes.length === 0) return ok("nothing is left of executors that were killed");
  const names = [...new Set(trees.map(({ program, labels }) => labels["server"] ?? program))].join(", ");
  const count = processes.length === 1 ? "1 process" : `${processes.length} processes`;
  return broken(`${count} of executors that were killed (${names})`, {
    code: "internal",
    details: { reason: "tree_survived", pids: processes.map(({ pid }) => pid).join(", "), servers: names },
    remediation: lines("fairlead doctor --fix", note("the next start of a local executor ends them too")),
    fix: async () => {
      const keeper = await openTreeKeeper({ stateDir: home });
      await keeper.close();
      const { ended, forced, survived } = keeper.reaped;
      const left = survived.length === 0 ? "" : `; ${survived.length} could not be ended`;
      return `ended ${ended.length + forced.length} of them${left}`;
    },
  });
}
