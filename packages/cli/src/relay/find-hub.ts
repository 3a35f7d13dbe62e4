import { randomUUID } from "node:crypto";
import { type ControlConnection, connectControl } from "../control/control-client.js";
import { listHubSockets } from "../control/sweep-run-folder.js";
import { version } from "../version.js";

/** What an agent is attached with. */
export interface RelayHello {
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly server: string | undefined;
}

/** What came of the search for a hub. */
export type HubSearch =
  /** The agent's bytes go over this connection from now on, in both directions. */
  | {
      readonly kind: "attached";
      readonly connection: ControlConnection;
      /** The hub's control socket. */
      readonly file: string;
      /** What the hub knows the agent as. */
      readonly agent: string;
    }
  /** There is a hub, but it cannot be this agent's. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "none" };

/** Attaches to the first hub of a home that is of this version, answers in time, and would run the same servers. */
export async function findHub(home: string, hello: RelayHello, withinMs?: number): Promise<HubSearch> {
  const files = await listHubSockets(home);
  let refused: HubSearch | undefined;
  for (const file of files) {
    const search = await tryHub(file, hello, withinMs).catch((): HubSearch => ({ kind: "none" }));
    if (search.kind === "attached") return search;
    if (search.kind === "refused") refused = search;
  }
  return refused ?? { kind: "none" };
}

async function tryHub(file: string, hello: RelayHello, withinMs: number | undefined): Promise<HubSearch> {
  const connection = await connectControl(file, withinMs);
  try {
    const offer = await connection.request("attach/offer");
    if (offer["version"] !== version) {
      connection[Symbol.dispose]();
      return { kind: "none" };
    }
    const needs = Array.isArray(offer["needs"]) ? offer["needs"].map(String) : [];
    const env = Object.fromEntries(
      needs.flatMap((name) => {
        const value = hello.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const { cwd, server } = hello;
    const agent = randomUUID();
    await connection.request("attach", { cwd, env, agent, ...(server === undefined ? {} : { server }) });
    return { kind: "attached", connection, file, agent };
  } catch (thrown) {
    const isRefusal = !connection.socket.destroyed;
    connection[Symbol.dispose]();
    if (!isRefusal) return { kind: "none" };
    return { kind: "refused", why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
