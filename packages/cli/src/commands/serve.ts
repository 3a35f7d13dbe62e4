import { hastyStopTimes, settlesWithinMs } from "@fairlead/core";
import { createHost, type HostEvent } from "@fairlead/host";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { toServerDefinition } from "../runtime/server-definitions.js";
import { version } from "../version.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/**
 * Agents kill about two seconds after they closed our stdin. Servers that go when asked get this long; the ladders of
 * the others are finished by their executors, which get so long to take them over.
 */
const partingMs = 400;
const handOverMs = 300;

/** `fairlead serve`: a byte pump between stdio and the host. Ends when the agent closes stdin, or by signal. */
export async function serveCommand(flags: CommonFlags, terminal: Terminal): Promise<void> {
  const context = await openContext(flags, terminal);
  const host = createHost({
    version,
    maxNameBytes: context.config.maxName,
    maxMessageBytes: context.config.maxMessageBytes,
    servers: [...context.config.servers.values()]
      .filter((server) => server.enabled)
      .map((server) => toServerDefinition(server, context)),
    onEvent: (event) => tellEvent(event, terminal),
  });
  if ([...context.config.servers.values()].every((server) => !server.enabled)) {
    terminal.tell(
      "fairlead: no server is configured yet, so there are no tools. Add one: fairlead add NAME -- COMMAND",
    );
  }
  const agent = host.connectAgent({ cwd: context.cwd }, writeToStdout);
  await new Promise<void>((resolve) => {
    process.stdin.on("data", (chunk) => agent.push(chunk));
    process.stdin.on("end", resolve).on("error", () => resolve());
    context.signal.addEventListener("abort", () => resolve(), { once: true });
    void agent.broken.then(resolve);
  });
  await agent.end();
  await settlesWithinMs(agent.close(hastyStopTimes), partingMs);
  const letGo = Promise.allSettled([
    context.pool.close(hastyStopTimes),
    context.http.close(),
    context.eras.flushed(),
  ]);
  await settlesWithinMs(letGo, handOverMs);
  // What is still open belongs to executors, which end it without us.
  process.exit(0);
}

function writeToStdout(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}

function tellEvent(event: HostEvent, terminal: Terminal): void {
  switch (event.type) {
    case "failed":
      return terminal.tell(`fairlead: ${event.error.message} [${event.reason}]`);
    case "lost":
      return terminal.tell(`fairlead: ${event.error.message}`);
    case "stderr":
      return terminal.tell(plainText(`[${event.server}] ${event.line}`));
    case "warning":
      return terminal.tell(plainText(`fairlead: ${event.server}: ${event.text}`));
    case "starting":
    case "ready":
    case "cancelled":
      return undefined;
  }
}
