import { configFilePath, type FairleadConfig, loadConfig } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import { createFairleadServer, createHost, createServerLog, type Host, type HostEvent } from "@fairlead/host";
import { serversWithLogin } from "../auth/request-tokens.js";
import type { CommandContext } from "../commands/context.js";
import { describeInvalid, layersOf } from "../commands/settings.js";
import type { ControlReload } from "../control/control-messages.js";
import { createHostLog } from "../log/host-log.js";
import type { Terminal } from "../output/terminal.js";
import { createApprovalFile } from "../runtime/approval-file.js";
import { brokenEntries } from "../runtime/broken-definition.js";
import { createCatalogueFiles } from "../runtime/catalogue-store.js";
import type { ServerAccess } from "../runtime/server-definitions.js";
import { version } from "../version.js";
import { type AgentSurroundings, type AgentView, createAgentView, enabledEntries } from "./agent-view.js";
import { createBuiltInServers } from "./built-in-servers.js";
import { type CallMeter, createCallMeter } from "./call-meter.js";
import { createControlWork } from "./control-work.js";
import { createDefinitionSet } from "./definition-set.js";
import { createEventTeller } from "./event-teller.js";
import { withFeatureFlags } from "./features.js";
import { onReloadSignal } from "./reload-signal.js";
import type { ServeFlags } from "./serve-flags.js";
import { watchFiles } from "./watch-files.js";
import { watchLogins } from "./watch-logins.js";

/** A host over the configuration as it is now, and as it will be. The context that it works with is its caller's. */
export interface Serving {
  readonly host: Host;
  /** How often each server was called. */
  readonly calls: Pick<CallMeter, "of">;
  /** The configuration that was read last and could be used. */
  readonly config: FairleadConfig;
  /** Makes the view of an agent of another folder, or with other variables. */
  viewOf(agent: AgentSurroundings): AgentView;
  /**
   * Reads the configuration anew and applies it; servers that did not change run on.
   * @throws FairleadError where it cannot be used: everything then stays as it was
   */
  reload(): Promise<ControlReload>;
  /** Settles when what happened so far is in the log files, or cannot be. Never rejects. */
  flushed(): Promise<void>;
  /** Reloads whenever a file changes, and on SIGHUP, telling what came of it. @returns stops doing so */
  follow(): Disposable;
}

/** What a host is made of. */
export interface ServingOptions {
  readonly flags: ServeFlags;
  readonly terminal: Terminal;
  /** Whether there is one agent for good, so that nothing can be shared. */
  readonly hasSoleAgent: boolean;
  /** Files of the project that may be there at some time, and what is trusted of them. @default none */
  readonly projectWatch?: readonly string[];
}

/** Makes the host; it starts nothing before an agent comes. */
export function openServing(context: CommandContext, options: ServingOptions): Serving {
  const { flags, terminal, hasSoleAgent, projectWatch = [] } = options;
  const tell = (text: string): void => terminal.tell(`fairlead: ${text}`);
  const log = createServerLog();
  const tellEvent = createEventTeller();
  const calls = createCallMeter();
  const files = createHostLog({
    home: context.home,
    executorOf: (name) => host.servers.find((server) => server.name === name)?.executor ?? "local",
    warn: tell,
  });
  const access: ServerAccess = { ...context, onLaunch: files.learn };
  const set = createDefinitionSet(access);
  const features = withFeatureFlags(context.config.features, flags);
  let { config } = context;
  const fairlead = { version, log, statuses: () => host.statuses(), reload: () => reload() };
  const own = features.fairlead ? [createFairleadServer(fairlead)] : [];
  const createBuiltIns = (access: ServerAccess) => createBuiltInServers(features, access, own);
  const builtIns = createBuiltIns(context);
  const define = (from: FairleadConfig) => set.define(...enabledEntries(from), brokenEntries(from));
  const host = createHost({
    version,
    maxNameBytes: config.maxName,
    maxMessageBytes: config.maxMessageBytes,
    servers: [...define(config).definitions, ...builtIns.define(config)],
    hasSoleAgent,
    resourceTools: features.resource_tools,
    approvalStore: createApprovalFile(context.home),
    control: createControlWork({
      context,
      config: () => config,
      reload: () => reload(),
      isWaitingForLogin: (server) => isWaitingForLogin(host, server),
    }),
    ...(features.catalogue ? { catalogue: createCatalogueFiles({ home: context.home, warn: tell }) } : {}),
    onEvent: (event, copy) => {
      log.note(event);
      files.note(event, copy);
      calls.note(event);
      // A hub that was started for agents tells a file that nobody bounds; what servers say is in theirs.
      if (event.type === "stderr" && flags.lingerSec !== undefined) return;
      const lines = tellEvent(event);
      if (isTold(event)) return;
      for (const line of lines) terminal.tell(line);
    },
  });

  /** What is wrong with an entry was said when the configuration was read, unless stderr is for a program. */
  const isTold = (event: HostEvent): boolean =>
    event.type === "failed" &&
    flags.json !== true &&
    config.broken?.get(event.server)?.error.message === event.error.message;
  const toldNotes = new Set<string>();
  const tellNotes = (notes: readonly string[]): void => {
    for (const note of notes.filter((text) => !toldNotes.has(text))) tell(note);
    for (const note of notes) toldNotes.add(note);
  };
  tellNotes(context.notes);
  let isInvalid = context.invalid !== undefined;
  let reloading: Promise<unknown> = Promise.resolve();
  const reloadNow = async (): Promise<ControlReload> => {
    const layers = await layersOf(flags, { home: context.home, terminal, asks: false });
    const {
      config: next,
      warnings,
      notes,
      invalid,
    } = await loadConfig({
      ...layers,
      strict: flags.strictConfig,
      lenient: "entries",
    });
    // Somebody may be in the middle of an edit: only what could not be used before may stay so.
    const isWorse =
      [...(next.broken?.keys() ?? [])].some((name) => config.broken?.has(name) !== true) ||
      [...(next.leftOut ?? [])].some((entry) => config.leftOut?.has(entry) !== true);
    if (invalid !== undefined && (isWorse || !isInvalid)) throw invalid;
    isInvalid = invalid !== undefined;
    for (const warning of warnings) tell(warning.message);
    tellNotes(notes);
    if (invalid !== undefined) tell(describeInvalid(invalid, next));
    config = next;
    context.pool.reconfigure(next);
    context.credentials.reconfigure(next.logins);
    const { definitions, changes } = define(next);
    const servers = [...definitions, ...builtIns.define(next)];
    const isSame =
      servers.length === host.servers.length &&
      servers.every((server, index) => server === host.servers[index]);
    if (!isSame) host.reload(servers);
    // Whoever reloads may have mended what a server failed of, its limits and its client's secret among it.
    context.tokens.forget();
    host.retryFailed();
    for (const tellReloaded of onReloaded) tellReloaded();
    return changes;
  };
  const onReloaded = new Set<() => void>();
  const reload = (): Promise<ControlReload> => {
    const next = reloading.then(reloadNow);
    reloading = next.catch(() => {});
    return next;
  };
  const reloadAndTell = (): void => {
    void reload().then(
      (changes) => tell(describeReload(changes)),
      (thrown: unknown) =>
        tell(
          `the configuration stays as it was, because the new one cannot be used. ${toFairleadError(thrown).message}`,
        ),
    );
  };
  return {
    host,
    calls,
    get config() {
      return config;
    },
    viewOf: (agent) => createAgentView({ access, config: () => config, builtIns: createBuiltIns }, agent),
    reload,
    flushed: () => files.flushed(),
    follow() {
      const watched = [
        configFilePath(context.home),
        ...(flags.mcpConfig === undefined ? [] : [flags.mcpConfig]),
        ...projectWatch,
      ];
      const watching = watchFiles({ files: watched, onChange: reloadAndTell, warn: tell });
      const hangUps = onReloadSignal(reloadAndTell);
      const logins = watchLogins({
        credentials: context.credentials,
        servers: () => serversWithLogin(config),
        isWaiting: (server) => isWaitingForLogin(host, server),
        onChange: (server, change) => {
          context.tokens.forget();
          host.authChanged(server, change);
        },
        warn: tell,
      });
      const refresh = (): void => logins.refresh();
      onReloaded.add(refresh);
      return {
        [Symbol.dispose]() {
          onReloaded.delete(refresh);
          logins[Symbol.dispose]();
          hangUps[Symbol.dispose]();
          watching[Symbol.dispose]();
        },
      };
    },
  };
}

function isWaitingForLogin(host: Host, server: string): boolean {
  const status = host.statuses().find(({ name }) => name === server);
  if (status === undefined || (status.state !== "failed" && status.state !== "broken")) return false;
  const reason = status.lastFailure?.reason;
  return reason === "login_required" || reason === "reauthentication_required";
}

function describeReload({ added, changed, removed }: ControlReload): string {
  const parts = [
    ["added", added],
    ["changed", changed],
    ["removed", removed],
  ] as const;
  const told = parts
    .filter(([, names]) => names.length > 0)
    .map(([word, names]) => `${word} ${names.join(", ")}`);
  return told.length === 0 ? "reloaded; no server changed" : `reloaded: ${told.join("; ")}`;
}
