import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { describeInvalid, loadSettings } from "./settings.js";

/** `fairlead executor list`: the machines that servers can run on, this one included. */
export async function executorListCommand(flags: CommonFlags, terminal: Terminal): Promise<void> {
  const { config, invalid } = await loadSettings(flags, terminal, { lenient: "entries" });
  if (invalid !== undefined) terminal.warn(describeInvalid(invalid, config), flags.json === true);
  const local = { name: "local", url: "this machine" };
  const configured = [...config.executors.values()].map(({ name, url }) => ({ name, url }));
  const executors = [local, ...configured].map((executor) => ({
    ...executor,
    isDefault: executor.name === config.defaultExecutor,
    servers: [...config.servers.values()].filter((server) => server.executor === executor.name).length,
  }));
  if (flags.json === true) {
    terminal.printJson({ executors });
    return;
  }
  const rows = executors.map(({ name, isDefault, servers, url }) => [
    isDefault ? `${name} (default)` : name,
    String(servers),
    url,
  ]);
  terminal.print(
    formatTable(["NAME", "SERVERS", "URL"], rows, process.stdout.columns ?? Number.POSITIVE_INFINITY),
  );
}
