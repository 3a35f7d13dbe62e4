import { chmod, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processMarks } from "@fairlead/machine/process-mark";
import { openCredentialStore } from "@fairlead/oauth";
import {
  createHandMadeServer,
  type HttpFront,
  holdRefusingPort,
  runCommand,
  startHttpFront,
} from "@fairlead/testkit";
import { type ExecutorDaemon, startDaemon } from "../../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../../failures/support/scene.js";
import { startFutureExecutor, startTalker } from "./strange-executors.js";

/** Everything that faults are planted into, and what is healthy beside them. */
export interface FaultSite extends AsyncDisposable {
  readonly scene: Scene;
  /** A healthy executor on a socket, `far` in the configuration. */
  readonly far: ExecutorDaemon;
  /** Listens on loopback, with a token. */
  readonly guarded: ExecutorDaemon;
  /** A copy of its token that everybody can read. */
  readonly openToken: string;
  /** With certificates for `executor.test`: a good one, and one that has expired. */
  readonly encrypted: ExecutorDaemon;
  readonly expired: ExecutorDaemon;
  /** Its clock is an hour behind. */
  readonly skewed: ExecutorDaemon;
  readonly futureSocket: string;
  readonly talkerPort: number;
  /** Certificates as PEM files, each its own authority. */
  readonly certificates: { readonly good: string; readonly expired: string };
  readonly front: HttpFront;
  /** Nobody listens there. */
  readonly closedPort: number;
}

/** Starts it all. Disposing ends it all. */
export async function startFaultSite(): Promise<FaultSite> {
  const open: AsyncDisposable[] = [];
  const keep = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    open.unshift(resource);
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const resource of open) await resource[Symbol.asyncDispose]();
  };
  try {
    const scene = keep(await createScene());
    const [good, old] = await Promise.all([certificate(scene, "good", "2"), certificate(scene, "old", "-1")]);
    const daemon = async (name: string, options: DaemonWishes): Promise<ExecutorDaemon> =>
      keep(await startDaemon(await elsewhere(scene, name, options.env), options));
    const tls = ({ cert, key }: Certificate): readonly string[] => ["--tls-cert", cert, "--tls-key", key];
    const listen = "127.0.0.1:0";
    const front = keep(await startHttpFront({ behind: toolServers() }));
    const closed = keep(await holdRefusingPort());
    const proxy = `http://127.0.0.1:${closed.port}`;
    // The requests of this one go through a proxy that nobody runs.
    const far = await daemon("far", { env: { HTTP_PROXY: proxy, THERE: "set" } });
    const guarded = await daemon("guarded", { listen });
    const encrypted = await daemon("encrypted", { listen, args: tls(good) });
    const expired = await daemon("expired", { listen, args: tls(old) });
    const preload = fileURLToPath(new URL("../fixtures/skewed-clock.mjs", import.meta.url));
    const skew = { NODE_OPTIONS: `--import=${preload}`, SKEW_MS: String(-3_600_000) };
    const skewed = await daemon("skewed", { listen, env: skew });
    const futureSocket = scene.folder.file("future.sock");
    keep(await startFutureExecutor(futureSocket));
    const talker = keep(await startTalker());
    const openToken = scene.folder.file("open.token");
    await copyFile(guarded.tokenFile ?? "", openToken);
    await chmod(openToken, 0o644);
    await plantExpiredLogin(scene, front.url("/expired"));
    return {
      scene,
      far,
      guarded,
      openToken,
      encrypted,
      expired,
      skewed,
      futureSocket,
      talkerPort: talker.port,
      certificates: { good: good.cert, expired: old.cert },
      front,
      closedPort: closed.port,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface DaemonWishes {
  readonly listen?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Another machine as far as folders go: a daemon has a home and a socket of its own. */
async function elsewhere(
  scene: Scene,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const file = (path: string): string => scene.folder.file(join(name, path));
  await mkdir(file("home"), { recursive: true, mode: 0o700 });
  return {
    ...scene,
    env: { ...scene.env, ...env },
    folder: { ...scene.folder, path: scene.folder.file(name), file },
  };
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

async function certificate(scene: Scene, name: string, days: string): Promise<Certificate> {
  const files = { cert: scene.folder.file(`${name}.pem`), key: scene.folder.file(`${name}.key`) };
  const request = scene.folder.file(`${name}.csr`);
  const names = await scene.folder.write(
    `${name}.ext`,
    "subjectAltName=DNS:executor.test,DNS:localhost.test\n",
  );
  const kind = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=executor.test",
  ];
  await openssl(["req", "-new", ...kind, "-keyout", files.key, "-out", request]);
  await openssl([
    "x509",
    "-req",
    "-in",
    request,
    "-signkey",
    files.key,
    "-days",
    days,
    "-extfile",
    names,
    "-out",
    files.cert,
  ]);
  return files;
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(["openssl", ...args]);
  if (code !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
}

/** MCP servers by their paths: good ones, and some whose tools or credentials are faulty. */
function toolServers(): Parameters<typeof startHttpFront>[0]["behind"] {
  const tools: Readonly<Record<string, string>> = {
    "/mcp": tool("echo"),
    "/long": tool(`a_tool_with_a_name_that_is_${"very_".repeat(8)}long`),
    "/twice": `${tool("echo")},${tool("echo")}`,
  };
  const servers = new Map(
    Object.entries(tools).map(([path, list]) => {
      const server = createHandMadeServer();
      server.on("tools/list", () => `{"tools":[${list}]}`);
      return [path, server] as const;
    }),
  );
  const other = createHandMadeServer();
  other.on(
    "initialize",
    () => `{"protocolVersion":"1999-01-01","capabilities":{},"serverInfo":{"name":"old","version":"1"}}`,
  );
  servers.set("/era", other);
  return (request, response) => {
    const { path } = request;
    if (path === "/bearer" || path === "/login" || path === "/expired") {
      return void response.writeHead(401, { "www-authenticate": 'Bearer realm="test"' }).end("no");
    }
    const server = servers.get(path);
    if (server === undefined) return void response.writeHead(404).end("not here");
    return server.handle(request, response);
  };
}

async function plantExpiredLogin(scene: Scene, serverUrl: string): Promise<void> {
  const folder = scene.folder.file("home/credentials");
  const keyring = { probe: never, get: never, set: never, remove: never };
  const store = await openCredentialStore({
    setting: "file",
    folder,
    keyring,
    processes: processMarks,
    warn: () => {},
  });
  const issuer = "http://127.0.0.1:1/";
  await store.write({
    executor: "",
    serverUrl,
    issuer,
    serverName: "login-expired",
    tokenEndpoint: `${issuer}token`,
    clientId: "test",
    clientAuthentication: "none",
    accessToken: "an-access-token-of-yesterday",
    tokenType: "Bearer",
    expiresAtMs: Date.now() - 86_400_000,
    savedAtMs: Date.now() - 86_400_000,
  });
}

function never(): never {
  throw new Error("The keyring must not be asked");
}

function tool(name: string): string {
  return JSON.stringify({ name, inputSchema: { type: "object" } });
}
