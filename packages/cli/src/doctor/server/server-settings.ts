import { type FairleadConfig, resolveExecutor, type ServerConfig } from "@fairlead/config";
import { brokenBy, type CheckOutcome, ok, warning } from "../check.js";
import { lines, note } from "../shell-words.js";

/** Looks whether a server is switched on, and where it is to run is configured. */
export function checkServerSettings(server: ServerConfig, config: FairleadConfig): CheckOutcome {
  const { name, executor, transport } = server;
  const details = { transport, executor, file: server.file };
  try {
    resolveExecutor(config, executor);
  } catch (thrown) {
    return brokenBy(thrown, `there is no executor ${executor}`, {
      details,
      remediation: lines(
        note(`name another one in [mcp_servers.${name}], or configure it:`),
        note(`fairlead executor add ${executor} grpc://127.0.0.1:7040 --token-file FILE`),
      ),
    });
  }
  if (server.enabled) return ok(`${transport}, on ${executor}`, details);
  return warning("it is switched off", {
    details,
    remediation: note(`enabled = true in [mcp_servers.${name}] switches it on`),
  });
}
