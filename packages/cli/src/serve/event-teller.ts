import type { HostEvent } from "@fairlead/host";
import { eventLines } from "./tell-event.js";

/**
 * Makes what tells people of events, without saying the same again for every agent that comes: that a server cannot be
 * started is told once, until it was up or something else has happened to it, and so is a start that went as the last one
 * did. Log files have it all.
 */
export function createEventTeller(): (event: HostEvent) => readonly string[] {
  const failures = new Map<string, string>();
  let summary = "";
  return (event) => {
    const lines = eventLines(event);
    const said = lines.join("\n");
    switch (event.type) {
      case "failed": {
        const isKnown = failures.get(event.server) === said;
        failures.set(event.server, said);
        if (!isKnown) summary = "";
        return isKnown ? [] : lines;
      }
      case "startup-complete": {
        // How many are well depends on how long each agent stayed.
        const failed = event.failed.map(({ server }) => server).join(" ");
        if (failed === "" || failed === summary) return [];
        summary = failed;
        return lines;
      }
      case "ready":
      case "lost":
      case "restarting":
      case "breaker-open":
      case "auth-changed":
        if (failures.delete(event.server)) summary = "";
        return lines;
      default:
        return lines;
    }
  };
}
