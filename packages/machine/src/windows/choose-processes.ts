import type { ProcessSystem } from "../processes/process-system.js";
import { cimProcesses } from "./cim-processes.js";
import { loadWindowsCalls } from "./windows-calls.js";
import { createWindowsProcesses } from "./windows-processes.js";

/** By the system itself where its library is installed, else by PowerShell; undefined where neither is to be had. */
export async function chooseWindowsProcesses(): Promise<ProcessSystem | undefined> {
  const calls = await loadWindowsCalls();
  if (calls !== undefined) return createWindowsProcesses(calls);
  return cimProcesses.readTable().then(
    () => cimProcesses,
    () => undefined,
  );
}
