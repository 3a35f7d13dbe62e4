import { operatingSystemOf } from "../platform/operating-system.js";
import { linuxProcesses } from "./linux-processes.js";
import type { ProcessSystem } from "./process-system.js";
import { psProcesses } from "./ps-processes.js";

/** How the processes of this machine are looked at; undefined on Windows, whose trees are ended in another way. */
export const processSystem: ProcessSystem | undefined = chooseSystem();

function chooseSystem(): ProcessSystem | undefined {
  switch (operatingSystemOf()) {
    case "linux":
      return linuxProcesses;
    case "windows":
      return undefined;
    case "darwin":
    case "freebsd":
    case "openbsd":
    case "other":
      return psProcesses;
    default:
      return psProcesses;
  }
}
