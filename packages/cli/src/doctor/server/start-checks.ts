import { maskUrl } from "@fairlead/config";
import type { FairleadError } from "@fairlead/core";
import { toStartFailure } from "@fairlead/mcp";
import { brokenBy, type CheckOutcome, checkKey, ok, skipped, warning } from "../check.js";
import type { CheckId } from "../check-table.js";
import type { Place } from "../place.js";
import { type ServerFacts, type ServerStart, variablesThere } from "./server-facts.js";
import { startRemedy, startWords } from "./server-words.js";

/** Looks whether the process of a server starts. */
export async function checkSpawn(facts: ServerFacts): Promise<CheckOutcome> {
  return unlessBrokenAt("server-spawn", facts, () => ok("it starts"));
}

/** Looks whether the address of a server is reached from where its requests leave. */
export async function checkReach(facts: ServerFacts): Promise<CheckOutcome> {
  const { server } = facts;
  return unlessBrokenAt("server-reach", facts, () => {
    const url = server.transport === "http" ? maskUrl(server.url) : "";
    return ok(`${url} answers`, { url });
  });
}

/** Looks whether a server speaks MCP. What it says beside that on its stdout is told: agents may stumble over it. */
export async function checkHandshake(facts: ServerFacts): Promise<CheckOutcome> {
  return unlessBrokenAt("server-handshake", facts, (start, place) => {
    if (!("connection" in start)) return ok("");
    const { era, initializeResult } = start.connection;
    const { protocolVersion, value } = initializeResult;
    const details = { era, protocolVersion, tookMs: start.tookMs };
    const words = `MCP ${protocolVersion}, ${nameOf(value)}after ${start.tookMs} ms`;
    const [oddity] = facts.oddities;
    if (oddity === undefined) return ok(words, details);
    return warning(`${words}; ${oddity}`, {
      details: { ...details, message: facts.oddities.slice(0, maxToldOddities).join("\n") },
      remediation: startRemedy({ id: "server-handshake", error: undefined }, facts.server, place),
    });
  });
}

const maxToldOddities = 10;

/** Tells the failure where the start broke at this very link; a later one was passed by then, an earlier one told it. */
async function unlessBrokenAt(
  id: CheckId,
  facts: ServerFacts,
  holds: (start: ServerStart, place: Place) => CheckOutcome,
): Promise<CheckOutcome> {
  const start = await facts.start();
  if ("connection" in start || start.link !== id) return holds(start, await facts.place());
  const told = await toldBefore(start.error, facts);
  return told === undefined
    ? await brokenStart(id, start.error, facts)
    : skipped(checkKey(keyOf(facts), told));
}

/** A variable that is not set was told by its own check. */
async function toldBefore(error: FairleadError, facts: ServerFacts): Promise<CheckId | undefined> {
  const { variable } = error.details;
  if (toStartFailure(error) !== "config_invalid" || typeof variable !== "string") return undefined;
  if (variablesThere(facts.server).includes(variable)) {
    const { unsetVariables } = await facts.findings();
    return unsetVariables.includes(variable) ? "server-executor-env" : undefined;
  }
  return (facts.context.env[variable] ?? "").trim() === "" ? "server-env" : undefined;
}

function keyOf({ server }: ServerFacts): { readonly server: string } {
  return { server: server.name };
}

/** Makes the outcome of the link at which a start broke. */
export async function brokenStart(
  id: CheckId,
  error: FairleadError,
  facts: ServerFacts,
): Promise<CheckOutcome> {
  const noise = facts.oddities.slice(0, maxToldOddities).join("\n");
  return brokenBy(error, startWords(error, facts.server), {
    details: noise === "" ? {} : { oddities: noise },
    remediation: startRemedy({ id, error }, facts.server, await facts.place()),
  });
}

function nameOf({ serverInfo }: Readonly<Record<string, unknown>>): string {
  if (typeof serverInfo !== "object" || serverInfo === null) return "";
  const { name, version } = serverInfo as { readonly name?: unknown; readonly version?: unknown };
  if (typeof name !== "string") return "";
  return `${name}${typeof version === "string" ? ` ${version}` : ""}, `;
}
