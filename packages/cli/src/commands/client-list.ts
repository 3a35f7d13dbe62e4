import { clientFile, clientNames } from "@fairlead/config";
import { type ClientState, readClientState } from "../clients/client-state.js";
import { clientSurroundings } from "../clients/client-surroundings.js";
import { plainCell } from "../output/plain-text.js";
import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead client list`: which clients are here, and which of them know Fairlead. */
export async function clientListCommand(
  flags: CommonFlags & { readonly project?: string },
  terminal: Terminal,
): Promise<void> {
  const surroundings = clientSurroundings(flags.project);
  const files = clientNames.flatMap((name) =>
    (["user", "project"] as const).flatMap((scope) => clientFile(name, scope, surroundings) ?? []),
  );
  const states = await Promise.all(files.map(async (file) => ({ file, state: await readClientState(file) })));
  // Every folder could have a file of each client; only those that are there are worth a line.
  const shown = states.filter(({ file, state }) => file.scope === "user" || state.isFound);
  if (flags.json === true) {
    terminal.printJson({
      clients: shown.map(({ file: { client, scope, path }, state: { isFound, names, problem } }) => ({
        client,
        scope,
        file: path,
        found: isFound,
        installed: names,
        ...(problem === undefined ? {} : { problem }),
      })),
    });
    return;
  }
  const rows = shown.map(({ file, state }) => [
    file.client,
    file.scope,
    statusOf(state),
    plainCell(file.path),
  ]);
  const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  terminal.print(formatTable(["CLIENT", "SCOPE", "STATUS", "FILE"], rows, columns));
  for (const { file, state } of shown) {
    if (state.problem !== undefined) terminal.tell(`fairlead: ${file.client}: ${state.problem}`);
  }
}

function statusOf({ isFound, names, problem }: ClientState): string {
  if (problem !== undefined) return "unreadable";
  if (names.length > 0) return `installed as ${names.map(plainCell).join(", ")}`;
  return isFound ? "not installed" : "not found";
}
