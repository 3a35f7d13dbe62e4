import type { FairleadConfig, ServerConfig } from "@fairlead/config";
import { canceledError, toFairleadError } from "@fairlead/core";
import { createCredentials } from "../auth/credentials.js";
import { type ArchiveFile, reserveArchive } from "../doctor/bundle/archive-file.js";
import type { BundleContent } from "../doctor/bundle/support-bundle.js";
import type { CheckChain, CheckResult } from "../doctor/check.js";
import { exitCodeOf } from "../doctor/exit-code.js";
import type { LoadedSettings } from "../doctor/host/configuration.js";
import { hostChain } from "../doctor/host/host-chain.js";
import { leaveSoon } from "../doctor/leave.js";
import { createRedactor, redactValue } from "../doctor/redact/redactor.js";
import { secretsOf } from "../doctor/redact/secrets-of.js";
import { renderChain, renderSum } from "../doctor/render.js";
import { runChain } from "../doctor/run-chain.js";
import { diagnoseServers } from "../doctor/run-doctor.js";
import { type Terminal, withoutWords } from "../output/terminal.js";
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
  try {
    await diagnose(name, flags, terminal);
  } catch (thrown) {
    const error = toFairleadError(thrown);
    if (error.code !== "canceled") throw thrown;
    process.exitCode = terminal.fail(error, flags.json === true);
    leaveSoon();
  }
}

async function diagnose(name: string | undefined, flags: DoctorFlags, terminal: Terminal): Promise<void> {
  const loaded = await loadQuietly(flags, terminal);
  // Its own check tells what is wrong with it.
  const isBroken =
    name !== undefined && "settings" in loaded && loaded.settings.config.broken?.has(name) === true;
  const server =
    name === undefined || isBroken || "error" in loaded ? undefined : findNamed(loaded.settings.config, name);
  const config = "error" in loaded ? undefined : loaded.settings.config;
  const isPartial = "error" in loaded || loaded.settings.invalid !== undefined;
  // Its own check tells why there is none.
  const home = await findHome(process.env).catch(() => undefined);
  const redactor = createRedactor(await secretsOf({ home, config, isPartial }, process.env));
  await using archive = flags.bundle === undefined ? undefined : await reserveArchive(flags.bundle);
  const results: CheckResult[] = [];
  const tell = teller(flags, terminal);
  const onChain = (chain: CheckChain, checks: readonly CheckResult[]): void => {
    const masked = redactValue(checks, redactor.redact, ownWords);
    results.push(...masked);
    tell(chain, masked);
  };
  const finish = async (): Promise<void> => {
    process.exitCode = exitCodeOf(results);
    let bundle: string | undefined;
    try {
      await writeBundle(archive, { home, config, results, redactor });
      bundle = flags.bundle;
    } finally {
      // What was found is told also where the disk is full.
      printSum(results, { json: flags.json === true, bundle }, terminal);
    }
  };
  const fixes = flags.fix === true;
  onChain(...(await lookAtHost(loaded, fixes)));
  if ("error" in loaded || isBroken) return await finish();
  // Its warnings are part of what was told already.
  await using context = await openContext(flags, withoutWords(terminal), { asks: false });
  const { servers, connectors } = context.config;
  await diagnoseServers({
    context,
    servers: server === undefined ? [...servers.values(), ...connectors.values()] : [server],
    isNamed: server !== undefined,
    fixes,
    onChain,
  });
  // Told before everything is closed: should that fail, what was found is not lost.
  await finish();
}

function findNamed(config: FairleadConfig, name: string): ServerConfig {
  return config.connectors.get(name) ?? findServer(config, name);
}

async function lookAtHost(
  loaded: LoadedSettings,
  fixes: boolean,
): Promise<readonly [chain: CheckChain, results: readonly CheckResult[]]> {
  using interrupt = onInterrupt();
  const chain = hostChainOf(loaded, interrupt.signal);
  return [chain, await runChain(chain, { ledger: new Map(), fixes, signal: interrupt.signal })];
}

function printSum(
  results: readonly CheckResult[],
  { json, bundle }: { readonly json: boolean; readonly bundle: string | undefined },
  terminal: Terminal,
): void {
  if (json) {
    const isWell = results.every(({ status }) => status !== "failed");
    terminal.printJson({ ok: isWell, checks: results, ...(bundle === undefined ? {} : { bundle }) });
    return;
  }
  terminal.print("");
  terminal.print(renderSum(results));
  if (bundle === undefined) return;
  terminal.print(`Wrote ${bundle}, stripped of secrets. Look into it before you share it.`);
}

async function loadQuietly(flags: CommonFlags, terminal: Terminal): Promise<LoadedSettings> {
  const warnings: string[] = [];
  const quiet = { ...withoutWords(terminal), warn: (text: string) => void warnings.push(text) };
  try {
    return {
      settings: await loadSettings(flags, quiet, { lenient: "entries", asks: false }),
      warnings,
    };
  } catch (error) {
    return { error };
  }
}

function hostChainOf(loaded: LoadedSettings, signal: AbortSignal): CheckChain {
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
            warn: () => {},
            signal,
          }),
  });
}

async function writeBundle(archive: ArchiveFile | undefined, content: BundleContent): Promise<void> {
  if (archive === undefined) return;
  const { makeSupportBundle } = await import("../doctor/bundle/support-bundle.js");
  await archive.write(await makeSupportBundle(content));
}

function teller(
  { json }: DoctorFlags,
  terminal: Terminal,
): (chain: CheckChain, checks: readonly CheckResult[]) => void {
  if (json === true) return () => {};
  const { isTTY, columns } = process.stdout;
  // In a pipe Node leaves both out, whatever their types say.
  const isTerminal = (isTTY as boolean | undefined) ?? false;
  const options = { isTerminal, paint: terminal.paint, columns: columns ?? 80 };
  return (chain, checks) => terminal.printPainted(renderChain(chain, checks, options));
}

/** Until servers are looked at nothing is started, so the first signal is enough to leave. */
function onInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (interrupt.signal.aborted) process.exit(130);
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
