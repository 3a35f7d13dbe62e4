import type { ServerDefinition } from "../orchestrator/server-definition.js";

/** Headers of an agent's own HTTP request, by lower-case name. They may hold secrets and are never stored or logged. */
export type ForwardedHeaders = Readonly<Record<string, string>>;

/** Gives those headers of an agent that configuration passes on to one server; undefined if there are none. */
export function headersFor(
  { forwardHeaders = [] }: Pick<ServerDefinition, "forwardHeaders">,
  headers: ForwardedHeaders | undefined,
): ForwardedHeaders | undefined {
  if (headers === undefined) return undefined;
  const passed = Object.entries(headers).filter(([name]) => forwardHeaders.includes(name));
  return passed.length === 0 ? undefined : Object.fromEntries(passed);
}
