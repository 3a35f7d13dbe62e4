import { FairleadError, type LaunchSpec } from "@fairlead/core";

/** A process id is remembered and told in every list; ours have 20 characters. */
const processIdBytes = 256;
/** All names and values together: labels are told in every list. */
const labelBytes = 4 * 1024;

/**
 * Checks what a start adds to every list of processes.
 * @throws FairleadError `resource_exhausted`, reason `limit_reached`
 */
export function checkStart(processId: string, spec: LaunchSpec): void {
  const idBytes = Buffer.byteLength(processId);
  if (idBytes > processIdBytes) throw tooMuch("A process id", idBytes, processIdBytes);
  const labels = Object.entries(spec.labels ?? {}).flat();
  const bytes = labels.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > labelBytes) throw tooMuch("The labels of a process", bytes, labelBytes);
}

function tooMuch(what: string, bytes: number, limit: number): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `${what} may take ${limit} bytes; these take ${bytes}. Shorten them.`,
    { reason: "limit_reached", effect: "none", details: { limit, bytes } },
  );
}
