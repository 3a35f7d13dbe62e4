import { isJsonObject, parseJsonObject } from "@fairlead/core";
import { type ControlConnection, connectControl } from "../control/control-client.js";
import { maxControlLineBytes, readLine } from "../control/control-line.js";

/** The line on which a hub says things to the people of one agent. */
export interface HubWords {
  /** What to exit with once the hub has let go of the agent and said why; undefined once nothing more is to be heard. */
  readonly evicted: Promise<number | undefined>;
}

/**
 * Says on stderr what the hub has to say to the people of this agent: which of its servers could not be started, and why.
 * Never rejects, and keeps no process alive: an agent does without it. Settles once the hub is listened to, or cannot be.
 */
export async function hearHub(file: string, agent: string): Promise<HubWords> {
  try {
    const hub = await connectControl(file);
    await hub.request("attach/watch", { agent });
    hub.socket.unref();
    return { evicted: sayAll(hub) };
  } catch {
    // The hub says it in its own log too.
    return { evicted: Promise.resolve(undefined) };
  }
}

/** @returns see {@link HubWords.evicted} */
async function sayAll(hub: ControlConnection): Promise<number | undefined> {
  let { rest } = hub;
  for (;;) {
    const read = await readLine(hub.socket, rest, maxControlLineBytes);
    if (read === undefined) {
      hub[Symbol.dispose]();
      return undefined;
    }
    rest = read.rest;
    const params = parseJsonObject(read.line)?.["params"];
    if (!isJsonObject(params)) continue;
    const { text, exitCode } = params;
    if (typeof text === "string") process.stderr.write(`${text}\n`);
    if (typeof exitCode === "number") return exitCode;
  }
}
