import type { ServerConfig } from "@fairlead/config";
import { createToolFilter, type NamedTool, nameTools } from "@fairlead/host";
import { listAll } from "@fairlead/mcp";
import { broken, brokenBy, type CheckOutcome, ok, warning } from "../check.js";
import { lines, note } from "../shell-words.js";
import type { ServerFacts } from "./server-facts.js";

/** Looks whether the tools of a server can be listed, and what agents will call them. */
export async function checkTools({ server, context, start }: ServerFacts): Promise<CheckOutcome> {
  const started = await start();
  if (!("connection" in started)) throw started.error;
  const { connection } = started;
  const capabilities = connection.initializeResult.value["capabilities"];
  if (typeof capabilities === "object" && capabilities !== null && !("tools" in capabilities)) {
    return ok("it has no tools", { tools: 0 });
  }
  const { signal, config } = context;
  let items: Awaited<ReturnType<typeof listAll>>["items"];
  try {
    ({ items } = await listAll(connection, "tools/list", { signal, timeoutMs: server.startupTimeoutMs }));
  } catch (thrown) {
    signal.throwIfAborted();
    return brokenBy(thrown, "its tools cannot be listed", {
      remediation: note("this is a fault of the server: update it, or report it to its makers"),
    });
  }
  const { enabledTools, disabledTools } = server;
  const { tools, problems } = nameTools(items, {
    definition: { name: server.name, tools: server.tools },
    allowsTool: createToolFilter({ enabledTools, disabledTools }),
    maxNameBytes: config.maxName,
  });
  const raw = items.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const counts = { tools: items.length, shown: tools.length };
  const words = `${items.length} tools${tools.length === items.length ? "" : `, agents see ${tools.length}`}`;
  const twins = [...new Set(raw.filter((name, index) => raw.indexOf(name) !== index))];
  if (twins.length > 0) {
    return broken(`${words}; listed twice: ${twins.join(", ")}`, {
      code: "protocol",
      details: { ...counts, duplicates: twins.join(", "), message: problems.join("\n") },
      remediation: note(
        "agents see the first of each; this is a fault of the server: report it to its makers",
      ),
    });
  }
  const changed = tools.filter((tool) => isCut(tool, server));
  if (changed.length > 0) {
    const names = changed.map(({ rawName }) => rawName).join(", ");
    return warning(`${words}; ${changed.length} under another name: ${names}`, {
      details: {
        ...counts,
        names,
        seenAs: changed.map(({ exposed }) => exposed).join(", "),
        message: problems.join("\n"),
      },
      remediation: lines(
        note(`agents see at most ${config.maxName} letters, digits, _ and -; to choose a name yourself:`),
        ...changed
          .slice(0, maxTold)
          .map(({ rawName }) =>
            note(`[mcp_servers.${server.name}.tools.${JSON.stringify(rawName)}] rename = "..."`),
          ),
      ),
    });
  }
  if (problems.length > 0 || (tools.length === 0 && items.length > 0)) {
    return warning(
      problems.length > 0 ? `${words}; ${problems[0] ?? ""}` : `${words}: the filters hide all`,
      {
        details: { ...counts, message: problems.join("\n") },
        remediation: note(`correct enabled_tools, disabled_tools and tools of [mcp_servers.${server.name}]`),
      },
    );
  }
  return ok(words, counts);
}

const maxTold = 5;

/** Whether agents see a tool under a name that nobody chose. */
function isCut(
  { rawName, exposed }: NamedTool,
  { name, tools }: Pick<ServerConfig, "name" | "tools">,
): boolean {
  const renamed = Object.hasOwn(tools, rawName) ? tools[rawName]?.rename : undefined;
  return exposed !== `${name}__${rawName}` && exposed !== `${name}__${renamed ?? rawName}`;
}
