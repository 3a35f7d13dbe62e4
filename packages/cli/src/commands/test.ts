import { isJsonObject } from "@fairlead/core";
import type { ServerDefinition } from "@fairlead/host";
import type { ListMethod } from "@fairlead/mcp";
import type { Terminal } from "../output/terminal.js";
import { keepToolNames } from "../runtime/cached-tools.js";
import { openDefinition } from "../runtime/one-server.js";
import { agentTools } from "./agent-tools.js";
import { type CommandContext, openContext } from "./context.js";
import { findTarget } from "./find-target.js";
import type { CommonFlags } from "./flags.js";
import { readAnnounced, readTemplates } from "./gather-lists.js";

/** What a server was seen to be and to have. */
interface TestedServer {
  readonly server: string;
  readonly executor: string;
  readonly works: true;
  /** What it says about itself. */
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly protocol: { readonly era: string; readonly version: string };
  readonly tools: { readonly count: number; readonly switchedOff: number };
  readonly resources: number;
  readonly resourceTemplates: number;
  readonly prompts: number;
  /** From asking for it to the end of the handshake. */
  readonly startMs: number;
  readonly stopMs: number;
}

/** `fairlead test`: starts a server as an agent would have it, reads what it has, and stops it. */
export async function testCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  await using context = await openContext(flags, terminal, { about: name });
  const definition = await findTarget(name, context);
  const tested = await tryServer(definition, context, terminal);
  if (flags.json === true) {
    terminal.printJson(tested);
    return;
  }
  terminal.printPainted(`${name} ${terminal.paint.good("works")}`);
  for (const [label, value] of linesOf(tested)) terminal.print(`  ${label.padEnd(9)} ${value}`);
}

async function tryServer(
  definition: ServerDefinition,
  context: CommandContext,
  terminal: Terminal,
): Promise<TestedServer> {
  const { name, executor } = definition;
  using progress = terminal.progress(`Starting ${name} on ${executor}`);
  const startedAtMs = performance.now();
  await using connection = await openDefinition(definition, context);
  const startMs = Math.round(performance.now() - startedAtMs);
  progress.update(`Reading what ${name} has`);
  const { protocolVersion, value } = connection.initializeResult;
  const read = (method: ListMethod) =>
    readAnnounced(connection, method, { definition, signal: context.signal });
  const { tools, problems } = agentTools(await read("tools/list"), {
    definition,
    maxNameBytes: context.config.maxName,
  });
  for (const problem of problems) context.warn(name, problem);
  await keepToolNames(
    context.home,
    name,
    tools.map(({ rawName }) => rawName),
  );
  const resources = await read("resources/list");
  const templates = await readTemplates(connection, { definition, signal: context.signal });
  const prompts = await read("prompts/list");
  context.signal.throwIfAborted();
  progress.update(`Stopping ${name}`);
  const stoppingAtMs = performance.now();
  await connection.close();
  return {
    server: name,
    executor,
    works: true,
    serverInfo: infoOf(value["serverInfo"]),
    protocol: { era: connection.era, version: protocolVersion },
    tools: { count: tools.length, switchedOff: tools.filter(({ isEnabled }) => !isEnabled).length },
    resources: resources.length,
    resourceTemplates: templates.length,
    prompts: prompts.length,
    startMs,
    stopMs: Math.round(performance.now() - stoppingAtMs),
  };
}

function linesOf(tested: TestedServer): readonly (readonly [label: string, value: string])[] {
  const { serverInfo, protocol, tools, resourceTemplates } = tested;
  const off = tools.switchedOff === 0 ? "" : `, ${tools.switchedOff} of them switched off`;
  const templates =
    resourceTemplates === 0 ? "" : `, and ${resourceTemplates} template${resourceTemplates === 1 ? "" : "s"}`;
  return [
    ["executor", tested.executor],
    ["server", `${serverInfo.name} ${serverInfo.version}`],
    ["protocol", `${protocol.version} (${protocol.era})`],
    ["tools", `${tools.count}${off}`],
    ["resources", `${tested.resources}${templates}`],
    ["prompts", String(tested.prompts)],
    ["took", `${tested.startMs} ms to start, ${tested.stopMs} ms to stop`],
  ];
}

function infoOf(info: unknown): TestedServer["serverInfo"] {
  const { name, version } = isJsonObject(info) ? info : {};
  return {
    name: typeof name === "string" ? name : "unknown",
    version: typeof version === "string" ? version : "",
  };
}
