import { readFile } from "node:fs/promises";
import { addServer, configFilePath, editConfigFile, loadConfig } from "@fairlead/config";
import { FairleadError, toFairleadError } from "@fairlead/core";
import { listAll } from "@fairlead/mcp";
import type { Terminal } from "../output/terminal.js";
import { createExecutorPool } from "../runtime/executor-pool.js";
import { openServer } from "../runtime/one-server.js";
import { type AddInput, toServerEntry } from "./add-entry.js";
import { type CommandContext, openContext } from "./context.js";
import { findServer } from "./settings.js";

/** `fairlead add`: writes a server into config.toml, once it has been seen to start or to answer. */
export async function addServerCommand(input: AddInput, terminal: Terminal): Promise<void> {
  const { name, flags } = input;
  await using context = await openContext(flags, terminal);
  const entry = toServerEntry(input);
  const edit = (text: string): string => addServer(text, name, entry, { replace: flags.force === true });
  const path = configFilePath(context.home);
  const edited = edit(await readFile(path, "utf8").catch(() => ""));
  const tools = flags.probe ? await probe(name, { edited, path }, context) : undefined;
  await editConfigFile(context.home, edit);
  const executor = flags.executor ?? context.config.defaultExecutor;
  if (flags.json === true)
    terminal.printJson({ added: name, executor, ...(tools === undefined ? {} : { tools }) });
  else terminal.print(`Added ${name} on ${executor}${tools === undefined ? "" : `: ${tools} tools`}`);
}

/** Starts the server as the edited configuration says, before anything is written. @returns how many tools it has */
async function probe(
  name: string,
  file: { readonly edited: string; readonly path: string },
  context: CommandContext,
): Promise<number> {
  const { config } = await loadConfig({
    home: context.home,
    env: process.env,
    readFile: (path) => (path === file.path ? Promise.resolve(file.edited) : readFile(path, "utf8")),
  });
  await using pool = createExecutorPool({ config, env: process.env, home: context.home, tell: () => {} });
  try {
    const server = findServer(config, name);
    await using connection = await openServer(server, { ...context, config, pool });
    const { items } = await listAll(connection, "tools/list", {
      signal: context.signal,
      timeoutMs: server.startupTimeoutMs,
    });
    return items.length;
  } catch (thrown) {
    const error = toFairleadError(thrown);
    throw new FairleadError(
      error.code,
      `${error.message} Nothing was added; --no-probe adds it all the same.`,
      {
        cause: error,
        effect: "none",
        details: error.details,
        ...(error.reason === undefined ? {} : { reason: error.reason }),
      },
    );
  }
}
