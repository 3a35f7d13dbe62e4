import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  addExecutor,
  configFilePath,
  type ExecutorEntry,
  editConfigFile,
  loadConfig,
} from "@fairlead/config";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { createExecutorPool } from "../runtime/executor-pool.js";
import { checkTokenFile } from "./check-token-file.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";
import { ownLayersOf } from "./settings.js";

/** What was typed after `fairlead executor add`. */
export interface ExecutorAddInput {
  readonly name: string;
  readonly url: string;
  readonly flags: CommonFlags & {
    readonly tokenEnv?: string;
    readonly tokenFile?: string;
    readonly tlsCa?: string;
    readonly force?: boolean;
    readonly probe: boolean;
  };
}

/** `fairlead executor add`: writes an executor into config.toml, once it has been reached. */
export async function executorAddCommand(input: ExecutorAddInput, terminal: Terminal): Promise<void> {
  const { name, flags } = input;
  await using context = await openContext(flags, terminal, { lenient: true });
  const entry = toEntry(input);
  if (entry.token_file !== undefined) await checkTokenFile(entry.token_file);
  const edit = (text: string): string => addExecutor(text, name, entry, { replace: flags.force === true });
  const path = configFilePath(context.home);
  const edited = edit(await readFile(path, "utf8").catch(() => ""));
  let machine = "";
  if (flags.probe) {
    const { config, invalid } = await loadConfig({
      ...ownLayersOf(flags, context.home),
      lenient: true,
      readFile: (file) => (file === path ? Promise.resolve(edited) : readFile(file, "utf8")),
    });
    if (invalid !== undefined && !config.executors.has(name)) throw invalid;
    await using pool = createExecutorPool({ config, env: process.env, home: context.home, tell: () => {} });
    using _progress = terminal.progress(`Reaching ${name}`);
    const session = await pool.open(name, context.signal);
    const { hostname, os, arch } = session.machine;
    machine = plainCell(`${hostname} (${os} ${arch})`);
  }
  await editConfigFile(context.home, edit);
  if (flags.json === true) terminal.printJson({ added: name, url: input.url });
  else terminal.print(`Added executor ${name}${machine === "" ? "" : `: ${machine}`}`);
}

function toEntry({ url, flags }: ExecutorAddInput): ExecutorEntry {
  return {
    url,
    ...(flags.tokenEnv === undefined ? {} : { token_env: flags.tokenEnv }),
    ...(flags.tokenFile === undefined ? {} : { token_file: resolve(flags.tokenFile) }),
    ...(flags.tlsCa === undefined ? {} : { tls: { ca: resolve(flags.tlsCa) } }),
  };
}
