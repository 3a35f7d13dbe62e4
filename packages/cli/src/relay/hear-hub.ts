import { connectControl } from "../control/control-client.js";
import { readLine } from "../control/control-line.js";
import { isRecord, maxControlLineBytes, parseObject } from "../control/json-values.js";

/**
 * Says on stderr what the hub has to say to the people of this agent: which of its servers could not be started, and why.
 * Never rejects, and keeps no process alive: an agent does without it.
 * @returns what to exit with once the hub has let go of the agent and said why; undefined once nothing more is to be heard
 */
export async function hearHub(file: string, agent: string): Promise<number | undefined> {
  try {
    using hub = await connectControl(file);
    hub.socket.unref();
    await hub.request("attach/watch", { agent });
    let { rest } = hub;
    for (;;) {
      const read = await readLine(hub.socket, rest, maxControlLineBytes);
      if (read === undefined) return undefined;
      rest = read.rest;
      const params = parseObject(read.line)?.["params"];
      if (!isRecord(params)) continue;
      const { text, exitCode } = params;
      if (typeof text === "string") process.stderr.write(`${text}\n`);
      if (typeof exitCode === "number") return exitCode;
    }
  } catch {
    // The hub says it in its own log too.
    return undefined;
  }
}
