import { connectControl } from "../control/control-client.js";
import { readLine } from "../control/control-line.js";
import { isRecord, maxControlLineBytes, parseObject } from "../control/json-values.js";

/**
 * Says on stderr what the hub has to say to the people of this agent: which of its servers could not be started, and why.
 * Never rejects, and keeps no process alive: an agent does without it.
 */
export async function hearHub(file: string, agent: string): Promise<void> {
  try {
    const hub = await connectControl(file);
    hub.socket.unref();
    await hub.request("attach/watch", { agent });
    let { rest } = hub;
    for (;;) {
      const read = await readLine(hub.socket, rest, maxControlLineBytes);
      if (read === undefined) return hub[Symbol.dispose]();
      rest = read.rest;
      const params = parseObject(read.line)?.["params"];
      if (isRecord(params) && typeof params["text"] === "string") process.stderr.write(`${params["text"]}\n`);
    }
  } catch {
    // The hub says it in its own log too.
  }
}
