import type { StdioServerEntry } from "@fairlead/config";
import {
  createRawHttpClient,
  type RawClient,
  type RawPeer,
  type RawResponse,
  type RawResult,
  spawnRawClient,
} from "@fairlead/testkit";
import { createTestHome } from "../../servers/support/create-test-home.js";
import { createDisposeStack, type DisposeStack } from "../../servers/support/dispose-stack.js";
import type { ServerCommand } from "../../servers/support/real-servers.js";
import { startTestExecutor } from "../../servers/support/start-test-executor.js";
import { testEnvironment } from "../../servers/support/test-environment.js";
import { type HttpGateway, startHttpGateway } from "./start-http-gateway.js";

/** One way from an agent to a server. */
export interface Face {
  /** For the titles of tests. */
  readonly title: string;
  readonly carrier: "stdio" | "http";
  /** Where the server runs; `nowhere` is without us, which shows that a check is right. */
  readonly place: "nowhere" | "local" | "other";
  readonly endpoint: "single" | "merged";
  /** Whether numbers and spaces come through as they were written. */
  readonly keepsBytes: boolean;
}

const face = (carrier: Face["carrier"], place: Face["place"], endpoint: Face["endpoint"]): Face => {
  const where = { nowhere: "without us", local: "local executor", other: "separate executor" }[place];
  return {
    title: `${carrier}, ${endpoint}, ${where}`,
    carrier,
    place,
    endpoint,
    keepsBytes: carrier === "stdio",
  };
};

/** Whether every way is gone, as the long suite does; the usual one goes each carrier, place and endpoint once. */
const isWhole = process.env["FAIRLEAD_MATRIX"] === "whole";

/** The server without us. */
export const directFace: Face = face("stdio", "nowhere", "single");

/** The single endpoint over HTTP, with the server there. */
export function httpFace(place: "local" | "other"): Face {
  return face("http", place, "single");
}

/** No gateway, and the single endpoint over each carrier and place. */
export const singleFaces: readonly Face[] = isWhole
  ? [
      directFace,
      face("stdio", "local", "single"),
      face("stdio", "other", "single"),
      httpFace("local"),
      httpFace("other"),
    ]
  : [face("stdio", "other", "single"), httpFace("local")];

/** The merged endpoint over each carrier. */
const mergedFaces: readonly Face[] = isWhole
  ? [face("stdio", "local", "merged"), face("http", "other", "merged")]
  : [face("http", "other", "merged")];

/** {@link singleFaces}, and the merged endpoint over each carrier. */
export const allFaces: readonly Face[] = [...singleFaces, ...mergedFaces];

/** An agent that has shaken hands. */
export interface Agent {
  readonly peer: RawPeer;
  readonly initialized: RawResponse<RawResult>;
}

/** A face that stands, with one agent at it. */
export interface OpenFace extends AsyncDisposable, Agent {
  readonly face: Face;
  /** The name of the server's tool `script` here. */
  readonly toolName: string;
  /** The gateway of an HTTP face. */
  readonly gateway: HttpGateway | undefined;
  /** Lets one more agent connect. @param params of its `initialize` */
  openAgent(params?: object): Promise<Agent>;
}

/** What a face leads to. */
export interface FaceOptions {
  readonly server: ServerCommand;
  /** Further keys of the server's entry. */
  readonly entry?: Partial<StdioServerEntry>;
  /** Lines above the tables of config.toml. @default none */
  readonly topLevel?: string;
  /** Of the agent. @default elicitation of both modes, sampling, roots */
  readonly capabilities?: object;
}

const serverName = "srv";
const everyCapability = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {} },
  roots: { listChanged: true },
};

/** Opens a face and connects an agent. Disposing closes all, and fails if a process is left. */
export async function openFace(way: Face, options: FaceOptions): Promise<OpenFace> {
  const stack = createDisposeStack();
  try {
    const { spawn, gateway } = await openWay(stack, way, options);
    const openAgent = async (params: object = {}): Promise<Agent> => {
      const peer = await spawn();
      const capabilities = options.capabilities ?? everyCapability;
      const clientInfo = { name: "fidelity", version: "1.0.0" };
      const initialized = await peer.request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities,
        clientInfo,
        ...params,
      });
      await peer.notify("notifications/initialized");
      if ("openStream" in peer) await (peer as ReturnType<typeof createRawHttpClient>).openStream();
      return { peer, initialized };
    };
    const first = await openAgent();
    const toolName = way.endpoint === "merged" ? `${serverName}__script` : "script";
    const close = stack[Symbol.asyncDispose];
    return { ...first, face: way, toolName, gateway, openAgent, [Symbol.asyncDispose]: close };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

interface OpenWay {
  /** Makes an agent that has not said anything; it ends with the face. */
  readonly spawn: () => Promise<RawPeer>;
  readonly gateway: HttpGateway | undefined;
}

async function openWay(stack: DisposeStack, way: Face, options: FaceOptions): Promise<OpenWay> {
  const { server, entry, topLevel = "" } = options;
  const executor = way.place === "other" ? stack.use(await startTestExecutor()) : undefined;
  const executors = executor === undefined ? {} : { executors: { other: { url: executor.url } } };
  const place = executor === undefined ? "local" : "other";
  const home = stack.use(
    await createTestHome({
      ...executors,
      topLevel,
      servers: { [serverName]: { ...server, executor: place, ...entry } },
    }),
  );
  if (way.carrier === "http") {
    const gateway = stack.use(await startHttpGateway(home));
    const url = gateway.endpoint(way.endpoint === "single" ? serverName : undefined);
    return { gateway, spawn: async () => stack.use(createRawHttpClient({ url, token: gateway.token })) };
  }
  const cwd = home.folder.path;
  const single = way.endpoint === "single" ? ["--server", serverName] : [];
  const launch =
    way.place === "nowhere"
      ? { argv: [server.command, ...server.args], env: testEnvironment(cwd) }
      : { argv: home.command("serve", ...single), env: home.env };
  return {
    gateway: undefined,
    spawn: async () => stack.use(politely(await spawnRawClient(launch.argv, { env: launch.env, cwd }))),
  };
}

/** Lets a program go by the end of its input, as agents do. */
export function politely(client: RawClient): RawClient {
  const close = async (): Promise<void> => {
    client.closeStdin();
    await client.exited;
    await client[Symbol.asyncDispose]();
  };
  return { ...client, [Symbol.asyncDispose]: close };
}
