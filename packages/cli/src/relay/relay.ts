import { mkdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { forbidCoreDumps } from "@fairlead/machine/core-dumps";
import { findProjectFiles } from "../project/find-project-files.js";
import { findHub } from "./find-hub.js";
import { hearHub } from "./hear-hub.js";
import { pump } from "./pump.js";
import { parseRelayArguments } from "./relay-argv.js";
import { hintAtTerminal } from "./terminal-hint.js";

/**
 * Hands the agent of a `serve` over stdio to a hub that is running, if there is one for it. Only Node's own modules are
 * loaded for that: a relay is there as fast as a bare Node, and as small.
 * @param argv what was typed after `serve`
 * @returns false where this process is to serve the agent itself
 */
export async function relayToHub(argv: readonly string[]): Promise<boolean> {
  const wanted = parseRelayArguments(argv);
  if (wanted === undefined) return false;
  const home = await homeFolder(wanted.mode === "always");
  // Whatever is wrong with the home, the whole program tells it better.
  if (home === undefined) return false;
  const project = await findProjectFiles(process.cwd(), { home, userFolder: homedir() });
  if (project.length > 0 && (await (await import("./own-project.js")).usesProject(home))) {
    // What a hub serves comes from its home alone.
    if (wanted.mode === "auto") return false;
    process.stderr.write("fairlead: the files of this project have no effect with --attach always\n");
  }
  const hello = { cwd: process.cwd(), env: process.env, server: wanted.server };
  let search = await findHub(home, hello);
  if (search.kind !== "attached" && wanted.mode === "always") {
    if (search.kind === "refused")
      return fail(`The hub that is running cannot be this agent's: ${search.why}`);
    const { startHub } = await import("./start-hub.js");
    search = await startHub(home, hello).catch((thrown: unknown) => ({
      kind: "refused",
      why: `A hub cannot be started: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    }));
    if (search.kind !== "attached") {
      return fail(
        search.kind === "refused"
          ? search.why
          : `The hub did not start; see ${join(home, "state", "hub.log")}`,
      );
    }
  }
  if (search.kind !== "attached") return false;
  void forbidCoreDumps();
  hintAtTerminal();
  // Before the agent says anything: what it asks for may be the reason to let go of it.
  const { evicted } = await hearHub(search.file, search.agent);
  pump(search.connection, evicted);
  return true;
}

async function homeFolder(isNeeded: boolean): Promise<string | undefined> {
  const named = process.env["FAIRLEAD_HOME"];
  const isNamed = named !== undefined && named !== "";
  const path = isNamed ? named : join(homedir(), ".fairlead");
  if (isNeeded && !isNamed) await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path).catch(() => undefined);
}

function fail(message: string): true {
  process.stderr.write(`fairlead: ${message}\n`);
  process.exitCode = 4;
  return true;
}
