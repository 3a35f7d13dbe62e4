import { createId, FairleadError, type StopReport, toFairleadError } from "@fairlead/core";
import type { ProcessSystem } from "../processes/process-system.js";
import { findProcessSystem } from "../processes/this-system.js";
import { createJournal, type JournalWriter, journalFolder } from "./journal.js";
import { createLaunchedTree, type LaunchedTree, type StartedRoot } from "./launched-tree.js";
import { readSelf, type TreeOwner } from "./owner.js";
import { reapTrees } from "./reap.js";
import { nothingStopped, readOuterIds, reapFolder } from "./reap-folder.js";
import type { TreeEnclosure } from "./tree-enclosure.js";
import { openTreeHolder, type TreeHolder } from "./tree-holder.js";
import { createWatchdogGuard, type WatchdogGuard } from "./watchdog-guard.js";

/** What is noted about a tree beside its numbers; it must not be secret. */
export interface TreeNote {
  /** The file name of the program. */
  readonly program: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A tree whose root is about to be started. Settle it by one of its two functions. */
export interface PreparedTree {
  /** The ids, joined by commas, by which the environment marks it; behind those of the trees around us. */
  readonly cookie: string;
  /**
   * Runs what makes the child, which must happen before it returns, so that the child is born where it belongs.
   * @throws FairleadError `unavailable`, reason `executor_draining`, if the keeper was closed meanwhile
   */
  readonly spawning: <T>(spawn: () => T) => T;
  /** Call it in the turn in which the child was started, before anything else. */
  started(root: StartedRoot): LaunchedTree;
  /** Call it if nothing was started. */
  abandon(): Promise<void>;
}

/** Makes marks for trees, and perhaps keeps account of them. */
export interface TreeRegister {
  /** Gets ready for one launch. @throws FairleadError if trees could not be kept from outliving us */
  prepare(note: TreeNote): Promise<PreparedTree>;
}

/** How a keeper is opened. */
export interface TreeKeeperOptions {
  /** An existing private folder. Keepers that share one reap for each other and do not disturb each other. */
  readonly stateDir: string;
  /** Told about what went wrong without stopping anybody, such as a journal on a full disk. @default ignored */
  readonly onProblem?: ((error: FairleadError) => void) | undefined;
}

/**
 * Keeps the trees of this process from outliving it: each is noted in a journal, a watchdog ends them if this process
 * dies, and what an earlier process left is ended at the start. Close it last.
 */
export interface TreeKeeper extends TreeRegister, AsyncDisposable {
  /** What dead owners had left behind, and what was done about it. */
  readonly reaped: StopReport;
  /**
   * Gets the watchdog ready in the background, so that the first launch need not wait for it. Call it when a launch is
   * likely, as when a session opens; what goes wrong is told by the launch, which tries again.
   */
  warmUp(): void;
  /** Ends trees that nobody stopped, lets the watchdog go and removes the journal. */
  close(): Promise<void>;
}

/** The register of those who keep no account: their trees are marked, and end by being stopped. */
export const bareRegister: TreeRegister = {
  prepare: bareTree,
};

/**
 * Opens a keeper, and first reaps what dead owners in the same state folder left. The journal, the watchdog and what
 * holds the trees are made at the first launch: whoever launches nothing pays for nothing.
 */
export async function openTreeKeeper(options: TreeKeeperOptions): Promise<TreeKeeper> {
  const shown = await findProcessSystem();
  // Without a look at the processes nobody can be recognised later.
  if (shown === undefined) return blindKeeper;
  const system = shown;
  const self = await readSelf(system);
  const folder = journalFolder(options.stateDir);
  const reaped = await reapFolder(folder, { ...self, system, outerIds: readOuterIds(process.env) });
  const ownerId = createId("o");
  const onProblem = (cause: unknown): void => options.onProblem?.(toFairleadError(cause));
  let arming: Promise<Armed> | undefined;
  let isClosed = false;
  let closing: Promise<void> | undefined;

  const throwIfClosed = (note: TreeNote): void => {
    if (isClosed) throw closedError(note);
  };

  async function armOnce(): Promise<Armed> {
    arming ??= arm({ ownerId, self, folder, onProblem }).catch((error: unknown) => {
      arming = undefined;
      throw error;
    });
    const armed = await arming;
    if (!isClosed) await armed.guard?.watch();
    return armed;
  }

  function warmUp(): void {
    if (!isClosed) armOnce().catch(() => {});
  }

  async function prepare(note: TreeNote): Promise<PreparedTree> {
    throwIfClosed(note);
    const armed = await armOnce();
    throwIfClosed(note);
    const treeId = createId("t");
    const enclosure = armed.holder.make(treeId);
    if (enclosure !== undefined) await armed.holder.warm();
    if (isClosed) {
      await enclosure?.remove();
      throw closedError(note);
    }
    const cookie = `${ownerId},${treeId}`;
    const check = (): void => throwIfClosed(note);
    return keptTree(armed.journal, { system, cookie, note, treeId, enclosure, check });
  }

  async function endAll(): Promise<void> {
    const armed = await arming?.catch(() => undefined);
    if (armed === undefined) return;
    const { journal, owner } = armed;
    const trees = [...journal.trees.values()];
    // Also where none is noted: nothing that bears our mark may outlive the watchdog.
    const { survived } = await reapTrees(
      { owner, trees },
      { system, trust: "stranger", enclosure: armed.holder.all },
    );
    if (survived.length === 0) for (const { treeId } of trees) journal.end(treeId);
    await journal.close();
    await armed.guard?.dismiss();
    await armed.holder.remove();
  }

  const close = (): Promise<void> => {
    isClosed = true;
    // As long as it fails the watchdog stays, and the next call tries again.
    closing ??= endAll().catch((error: unknown) => {
      closing = undefined;
      throw error;
    });
    return closing;
  };
  return { reaped, prepare, warmUp, close, [Symbol.asyncDispose]: close };
}

/** What exists from the first launch on. */
interface Armed {
  readonly owner: TreeOwner;
  readonly journal: JournalWriter;
  /** Undefined where the system itself ends the trees with us. */
  readonly guard: WatchdogGuard | undefined;
  readonly holder: TreeHolder;
}

interface ArmOptions {
  readonly ownerId: string;
  readonly self: Awaited<ReturnType<typeof readSelf>>;
  readonly folder: string;
  readonly onProblem: (cause: unknown) => void;
}

async function arm({ ownerId, self, folder, onProblem }: ArmOptions): Promise<Armed> {
  const holder = await openTreeHolder(ownerId);
  const owner: TreeOwner = { ...self, ownerId, cgroupPath: holder.cgroupPath };
  const journal = await createJournal(folder, owner, onProblem);
  const guard = holder.endsWithUs
    ? undefined
    : createWatchdogGuard({ folder, owner }, () => journal.trees.size > 0, onProblem);
  return { owner, journal, guard, holder };
}

interface NewTree {
  readonly system: ProcessSystem;
  readonly cookie: string;
  readonly note: TreeNote;
  readonly treeId: string;
  readonly enclosure: TreeEnclosure | undefined;
  /** Throws if it is too late to start anything. */
  readonly check: () => void;
}

/** Encloses the birth of a tree, and notes it. */
function keptTree(
  journal: JournalWriter,
  { system, cookie, note, treeId, enclosure, check }: NewTree,
): PreparedTree {
  let isHeld = false;
  return {
    cookie,
    spawning: (spawn) => {
      check();
      if (enclosure === undefined) return spawn();
      const { made, isInside } = enclosure.enclose(spawn);
      isHeld = isInside;
      return made;
    },
    started: (root) => {
      isHeld ||= enclosure?.add(root.pid) === true;
      if (!isHeld) void enclosure?.remove();
      const startedAt = system.startBound(root.pid);
      journal.add({ treeId, pid: root.pid, startedAt, startedAtMs: Date.now(), ...note });
      return createLaunchedTree({
        system,
        root: { ...root, startedAt },
        treeId,
        enclosure: isHeld ? enclosure : undefined,
        onRootEnded: (left) => journal.rootEnded(treeId, left),
        onEnded: async ({ survived }) => {
          if (survived.length > 0) return;
          journal.end(treeId);
          await enclosure?.remove();
        },
      });
    },
    abandon: async () => enclosure?.remove(),
  };
}

function closedError({ program }: TreeNote): FairleadError {
  return new FairleadError("unavailable", `${program} was not started: everything is being ended here`, {
    reason: "executor_draining",
    effect: "none",
  });
}

async function bareTree(): Promise<PreparedTree> {
  const system = await findProcessSystem();
  const treeId = createId("t");
  return {
    cookie: treeId,
    spawning: (spawn) => spawn(),
    started: (root) => {
      const startedAt = system?.startBound(root.pid) ?? 0;
      return createLaunchedTree({ system, root: { ...root, startedAt }, treeId });
    },
    abandon: () => Promise.resolve(),
  };
}

/** The keeper of those who see no processes: a launch ends by being stopped, and nobody can do it for us. */
const blindKeeper: TreeKeeper = {
  ...bareRegister,
  reaped: nothingStopped,
  warmUp: () => {},
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
