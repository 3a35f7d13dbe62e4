import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { FairleadError } from "@fairlead/core";
import { isMissing, readBootId } from "../processes/boot-id.js";
import type { ProcessSystem } from "../processes/process-system.js";

/** Where a pid means something: on one machine, between two boots, in one container. */
export interface PidSpace {
  readonly host: string;
  /** Changes with every boot; empty where the system does not tell. */
  readonly bootId: string;
  /** Names the container's own numbering of processes; empty where there is none. */
  readonly pidNamespace: string;
}

/** A process that owns trees. The id is made anew for every instance, so it is in no other process's environment. */
export interface TreeOwner extends PidSpace {
  readonly ownerId: string;
  readonly pid: number;
  /** In the unit of the {@link ProcessSystem}. */
  readonly startedAt: number;
  /** The folder of the cgroup that holds the cgroups of all its trees; undefined where none could be made. */
  readonly cgroupPath: string | undefined;
}

/** What can be said of an owner. `foreign`: it lives elsewhere, or nobody here can know. */
export type OwnerState = "alive" | "dead" | "foreign";

/** Reads where we are ourselves. */
export function readPidSpace(): PidSpace {
  return { host: hostname(), bootId: readBootId(), pidNamespace: readPidNamespace() };
}

/** Names this process, exactly enough to be recognised later. @throws FairleadError `internal` if the system hides it */
export async function readSelf(
  system: ProcessSystem,
): Promise<PidSpace & Pick<TreeOwner, "pid" | "startedAt">> {
  const self = (await system.lookUp([process.pid])).get(process.pid);
  if (self === undefined) {
    throw new FairleadError("internal", `The system does not show process ${process.pid}, which is this one`);
  }
  return { ...readPidSpace(), pid: process.pid, startedAt: self.startedAt };
}

/** Tells whether an owner lives. Only `dead` is a proof. */
export async function judgeOwner(
  owner: TreeOwner,
  here: PidSpace,
  system: ProcessSystem,
): Promise<OwnerState> {
  // Another boot of the same name may be ours of yesterday, or a clone of this machine with the same home.
  if (owner.bootId !== here.bootId) return "foreign";
  // Where it is told, the boot names the machine better than its name does, which may change with the network.
  if (here.bootId === "" && owner.host !== here.host) return "foreign";
  if (owner.pidNamespace !== here.pidNamespace) return "foreign";
  const seen = (await system.lookUp([owner.pid])).get(owner.pid);
  const isOwner = seen !== undefined && system.isSameStart(owner.startedAt, seen.startedAt);
  return isOwner && seen.state !== "dead" ? "alive" : "dead";
}

function readPidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}
