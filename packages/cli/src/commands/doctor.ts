import type { ServerConfig } from "@fairlead/config";
import { canceledError } from "@fairlead/core";
import { createCredentials } from "../auth/credentials.js";
import type { CheckChain, CheckResult } from "../doctor/check.js";
import { exitCodeOf } from "../doctor/exit-code.js";
import type { LoadedSettings } from "../doctor/host/configuration.js";
import { hostChain } from "../doctor/host/host-chain.js";
import { createRedactor, type Redactor, redactValue } from "../doctor/redact/redactor.js";
import { secretsOf } from "../doctor/redact/secrets-of.js";
import { renderChain, renderSum } from "../doctor/render.js";
import { runChain } from "../doctor/run-chain.js";
import { diagnoseServers } from "../doctor/run-doctor.js";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";
import { findServer, loadSettings } from "./settings.js";

/** The flags of `fairlead doctor`. */
export interface DoctorFlags extends CommonFlags {
  readonly fix?: boolean;
  readonly bundle?: string;
}

/** Members of results that are words of ours, and never texts of others. */
const ownWords = new Set(["id", "status", "machine", "executor", "server", "code", "reason"]);

/** `fairlead doctor`: looks at every link of the chain, and says which is broken and what to type. */
export async function doctorCommand(
  name: string | undefined,
  flags: DoctorFlags,
  terminal: Terminal,
): Promise<void> {
  const loaded = await loadQuietly(flags);
  const server = name === undefined || "error" in loaded ? undefined : findServer(loaded.settings.config, name);
  const redactor = createRedactor(await secretsOf("error" in loaded ? undefined : loaded.settings, process.env));
  const results: CheckResult[] = [];
  const tell = teller(flags, terminal);
  const onChain = (chain: CheckChain, checks: readonly CheckResult[]): void => {
    const masked = redactValue(checks, (text) => redactor.redact(text), ownWords);
    results.push(...masked);
    tell(chain, masked);
  };
  const interrupt = onInterrupt();
  const host = hostChainOf(loaded);
  const run = { ledger: new Map(), fixes: flags.fix === true, signal: interrupt.signal };
  onChain(host, await runChain(host, run).finally(() => interrupt[Symbol.dispose]()));
  if (!("error" in loaded)) {
    // The warnings are part of what is told already.
    await using context = await openContext(flags, { ...terminal, tell: () => {} });
    const servers: readonly ServerConfig[] =
      server === undefined ? [...context.config.servers.values(), ...context.config.connectors.values()] : [server];
    const isNamed = server !== undefined;
    await diagnoseServers({ context, servers, isNamed, fixes: flags.fix === true, onChain });
  }
  const bundle = await writeBundle(flags, { loaded, results, redactor });
  if (flags.json === true) {
    const found = { ok: results.every(({ status }) => status !== "failed"), checks: results };
    terminal.printJson(bundle === undefined ? found : { ...found, bundle });
  } else {
    terminal.print("");
    terminal.print(renderSum(results));
    if (bundle !== undefined) terminal.print(`Wrote ${bundle}. It was stripped of secrets; look into it before you share it`);
  }
  process.exitCode = exitCodeOf(results);
}

async function loadQuietly(flags: CommonFlags): Promise<LoadedSettings> {
  const warnings: string[] = [];
  const quiet = { tell: (line: string) => void warnings.push(line.replace(/^fairlead: /, "")) };
  try {
    return { settings: await loadSettings(flags, quiet as Terminal), warnings };
  } catch (error) {
    return { error };
  }
}

function hostChainOf(loaded: LoadedSettings): CheckChain {
  const quiet = (): void => {};
  return hostChain({
    nodeVersion: process.versions.node,
    findHome: () => findHome(process.env),
    loadSettings: () => Promise.resolve(loaded),
    credentialsOf: (found) =>
      "error" in found
        ? undefined
        : createCredentials({
            home: found.settings.home,
            logins: found.settings.config.logins,
            env: process.env,
            warn: quiet,
          }),
  });
}

async function writeBundle(
  { bundle }: DoctorFlags,
  what: {
    readonly loaded: LoadedSettings;
    readonly results: readonly CheckResult[];
    readonly redactor: Redactor;
  },
): Promise<string | undefined> {
  if (bundle === undefined) return undefined;
  const { writeSupportBundle } = await import("../doctor/bundle/support-bundle.js");
  const { loaded, results, redactor } = what;
  const settings = "error" in loaded ? undefined : loaded.settings;
  await writeSupportBundle(bundle, { settings, results, redactor });
  return bundle;
}

function teller({ json }: DoctorFlags, terminal: Terminal): (chain: CheckChain, checks: readonly CheckResult[]) => void {
  if (json === true) return () => {};
  const { isTTY, columns } = process.stdout;
  const isTerminal = isTTY === true;
  const options = {
    isTerminal,
    hasColors: isTerminal && (process.env["NO_COLOR"] ?? "") === "",
    columns: columns ?? 80,
  };
  return (chain, checks) => terminal.print(renderChain(chain, checks, options));
}

/** Until servers are looked at nothing is started, so the first signal is enough to leave. */
function onInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    interrupt.abort(canceledError(AbortSignal.abort(signal), `The diagnosis (${signal})`));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: interrupt.signal,
    [Symbol.dispose]: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
