import type { GatewayOauthConfig } from "@fairlead/config";
import { type HttpFace, listenHttp } from "@fairlead/host";
import type { CommandContext } from "../commands/context.js";
import { openControlSocket } from "../control/control-server.js";
import type { Terminal } from "../output/terminal.js";
import { controlMethods } from "./control-methods.js";
import type { GatewayGuard } from "./gateway-guard.js";
import type { HttpPlan } from "./http-plan.js";
import { createHub } from "./hub.js";
import type { Serving } from "./open-serving.js";
import { namePortOwner } from "./port-owner.js";
import { tellNoControl } from "./serve-stdio.js";
import { untilLonely } from "./until-lonely.js";

/** What the face works with. */
export interface HttpSurroundings {
  readonly context: CommandContext;
  readonly terminal: Terminal;
  /** What agents have to show; undefined: nothing. */
  readonly token: string | undefined;
  /** Lets in those who logged in elsewhere. @default nobody */
  readonly guard?: GatewayGuard | undefined;
  /** Ends so long after the last agent, in seconds. @default never */
  readonly lingerSec?: number | undefined;
}

/**
 * Serves agents over HTTP until a signal comes; then ends every session and every server.
 * @throws FairleadError where it cannot listen, or a required server that agents share cannot be started
 */
export async function serveHttp(
  serving: Serving,
  plan: HttpPlan,
  surroundings: HttpSurroundings,
): Promise<void> {
  const { host } = serving;
  const { context, terminal, lingerSec } = surroundings;
  const stopped = aborted(context.signal);
  let face: HttpFace | undefined;
  // Whoever changes the configuration, or attaches, while required servers are starting is not to be missed.
  const following = serving.follow();
  const hub = createHub(serving);
  const control = await openControlSocket({
    home: context.home,
    methods: { ...controlMethods(serving, () => face?.url), ...hub.methods },
    attach: hub.attach,
    watch: hub.watch,
  }).catch(tellNoControl(terminal));
  try {
    const isUp = await Promise.race([host.startRequired().then(() => true), stopped.then(() => false)]);
    if (!isUp) return;
    face = await listen(serving, plan, surroundings).catch(async (thrown: unknown) => {
      throw await namePortOwner(thrown, plan, context.home);
    });
    terminal.tell(`fairlead: listening on ${face.url}`);
    const listening = face;
    using lonely = untilLonely(lingerSec, () => hub.agents.count + listening.sessions().length, hub.agents);
    await Promise.race([stopped, lonely.over]);
  } finally {
    following[Symbol.dispose]();
    await control?.close();
    await Promise.all([face?.close(), hub.agents.close()]);
    await host.close();
    await serving.flushed();
  }
}

/** Becomes the principal of whoever shows the gateway's own token. */
const ownPrincipal = "gateway";

async function listen(
  serving: Serving,
  plan: HttpPlan,
  { terminal, token, guard }: HttpSurroundings,
): Promise<HttpFace> {
  const { host } = serving;
  const face = await listenHttp({
    host: plan.host,
    port: plan.port,
    // Who shows the own token may do what whoever started this program may; those who logged in elsewhere may not.
    openSession: (options) =>
      host.openSession({
        ...options,
        mayControl: token !== undefined && options.principal === ownPrincipal,
      }),
    serverNames: () => host.servers.map(({ name }) => name),
    forwardHeaders: (server) => forwardedHeaders(serving, server),
    auth:
      token === undefined
        ? { kind: "none" }
        : { kind: "bearer", tokens: [{ token, name: ownPrincipal }], guard },
    allowedOrigins: plan.allowedOrigins.length === 0 ? undefined : plan.allowedOrigins,
    allowedHosts: [...plan.allowedHosts, ...hostOf(plan.oauth)],
    tls: plan.tls,
    dangerouslyAllowPublicPlaintext: plan.isPublicPlaintextAllowed,
    limits: {
      maxMessageBytes: serving.config.maxMessageBytes,
      ...(plan.maxSessions === undefined ? {} : { sessions: plan.maxSessions }),
      ...(plan.sessionIdleMs === undefined ? {} : { idleTtlMs: plan.sessionIdleMs }),
    },
    onEvent: (event) => {
      if (event.type === "warning") terminal.tell(`fairlead: ${event.text}`);
      if (event.type === "stream_ended") {
        terminal.tell(
          `fairlead: session ${event.session.label}: a stream was ended, because the access token of its agent has expired`,
        );
      }
    },
  });
  guard?.listensAt(face.url);
  return face;
}

/** Agents come to the address that tokens are made for. */
function hostOf(oauth: GatewayOauthConfig | undefined): readonly string[] {
  return oauth?.resource === undefined ? [] : [new URL(oauth.resource).host];
}

/** Of one server, or of all together: the merged endpoint does not know beforehand where a request goes. */
function forwardedHeaders({ host }: Serving, server: string | undefined): readonly string[] {
  const meant = server === undefined ? host.servers : host.servers.filter(({ name }) => name === server);
  return [...new Set(meant.flatMap(({ forwardHeaders = [] }) => forwardHeaders))];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
