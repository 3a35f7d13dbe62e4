import type { Child } from "../processes/child.js";
import type { SpawnRequest } from "../processes/spawn-child.js";
import { spawnInConsole } from "./console-child.js";
import { forkInTerminal } from "./forked-child.js";
import { loadConsoleLibrary, loadPtyLibrary } from "./pty-library.js";
import { findSessionStarter, spawnInSession } from "./session-child.js";
import type { TerminalSize } from "./terminal-size.js";

/**
 * Tells whether programs can be started in a pseudo terminal here. It loads the library, so ask when somebody wants to know
 * and not in every start.
 */
export async function hasPty(): Promise<boolean> {
  const attempt = process.platform === "win32" ? loadConsoleLibrary() : loadPtyLibrary();
  return attempt.then(
    () => true,
    () => false,
  );
}

/**
 * Starts a child in a pseudo terminal, leading a group and a session of its own.
 * @throws FairleadError `unavailable`, reason `feature_missing`, where there is no library for it; else as a spawn does
 */
export async function spawnInTerminal(request: SpawnRequest, size: TerminalSize): Promise<Child> {
  if (process.platform === "win32") return spawnInConsole(request, size);
  const loaded = await loadPtyLibrary();
  const starter = await findSessionStarter();
  if (starter === undefined) return forkInTerminal(request, size, loaded);
  return spawnInSession(request, size, { starter, library: loaded.library });
}
