import { operatingSystemOf } from "../platform/operating-system.js";
import { linuxProcesses } from "./linux-processes.js";
import type { ProcessSystem } from "./process-system.js";
import { psProcesses } from "./ps-processes.js";

let found: Promise<ProcessSystem | undefined> | undefined;

/**
 * How the processes of this machine are looked at. Undefined only on a Windows that shows them to nobody here: without the
 * library that calls it, and without PowerShell.
 */
export function findProcessSystem(): Promise<ProcessSystem | undefined> {
  found ??= chooseSystem();
  return found;
}

async function chooseSystem(): Promise<ProcessSystem | undefined> {
  switch (operatingSystemOf()) {
    case "linux":
      return linuxProcesses;
    case "windows":
      return (await import("../windows/choose-processes.js")).chooseWindowsProcesses();
    case "darwin":
    case "freebsd":
    case "openbsd":
    case "other":
      return psProcesses;
    default:
      return psProcesses;
  }
}
