import type { HostEvent } from "@fairlead/host";
import { plainText } from "../output/plain-text.js";
import { formatDuration } from "../output/units.js";

/** What a person is told of an event of the host, one line each; nothing where it is business as usual. */
export function eventLines(event: HostEvent): readonly string[] {
  switch (event.type) {
    case "failed":
      return [`fairlead: ${event.error.message} [${event.reason}]`];
    case "login-offered":
      return [`fairlead: ${event.message}`];
    case "lost":
      return [`fairlead: ${event.error.message}`];
    case "restarting":
      return [`fairlead: ${event.server} is started again in ${formatDuration(event.pauseMs)}`];
    case "breaker-open":
      return [
        `fairlead: ${event.server} failed ${event.failureCount} times and is given up for ${formatDuration(event.probeInMs)}; SIGHUP tries at once`,
      ];
    case "breaker-closed":
      return [`fairlead: ${event.server} works again`];
    case "agent-evicted":
      return [`fairlead: session ${event.session} was ended: ${event.error.message}`];
    case "startup-complete":
      return summaryOf(event);
    case "stderr":
      return [plainText(`[${event.server}] ${event.line}`)];
    case "warning":
      return [plainText(`fairlead: ${event.server}: ${event.text}`)];
    default:
      return [];
  }
}

/** Names at most so many servers, for a line that a person reads. */
const namedAtMost = 8;

function summaryOf({ ready, failed }: Extract<HostEvent, { type: "startup-complete" }>): readonly string[] {
  if (failed.length === 0) return [];
  const names = failed.map(({ server }) => server);
  const more = names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : "";
  const all = ready.length + failed.length;
  return [
    // Others may run already; these are the ones of this start.
    `fairlead: ${ready.length} of ${all} servers just started ${ready.length === 1 ? "is" : "are"} ready; failed: ${names.slice(0, namedAtMost).join(", ")}${more}`,
  ];
}
