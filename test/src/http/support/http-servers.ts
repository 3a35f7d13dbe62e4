import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createTempFolder, type HttpProgram, nodeModuleBinary, startHttpProgram } from "@fairlead/testkit";
import { testEnvironment } from "../../servers/support/test-environment.js";

/** How the server of SDK v2 treats clients of the legacy era. */
export type LegacyServing = "sessions" | "stateless" | "reject";

/** A server made with the official SDK v1: legacy, with sessions that can be resumed. */
export function startSdkV1Server(): Promise<HttpProgram> {
  return start([process.execPath, script("sdk-v1-server.mjs")]);
}

/** A server made with the official SDK v2: modern, and legacy as it is told. */
export function startSdkV2Server(legacy: LegacyServing = "sessions"): Promise<HttpProgram> {
  return start([process.execPath, script("sdk-v2-server.mjs"), "--legacy", legacy]);
}

/** The reference server of the protocol's authors, over Streamable HTTP or over the HTTP with SSE that came before it. */
export async function startEverythingServer(mode: "streamableHttp" | "sse"): Promise<HttpProgram> {
  const port = await freePort();
  const path = mode === "sse" ? "/sse" : "/mcp";
  return start([process.execPath, nodeModuleBinary("@modelcontextprotocol/server-everything"), mode], {
    env: { PORT: String(port) },
    urlFromStderr: (stderr) =>
      /(listening|running) on port/.test(stderr) ? `http://127.0.0.1:${port}${path}` : undefined,
  });
}

/** The absolute path of a program of this suite. */
export function script(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly urlFromStderr?: (stderr: string) => string | undefined;
}

async function start(
  argv: readonly string[],
  { env, urlFromStderr }: StartOptions = {},
): Promise<HttpProgram> {
  const folder = await createTempFolder("fl-hs-");
  try {
    const program = await startHttpProgram(argv, {
      cwd: folder.path,
      env: { ...testEnvironment(folder.path), ...env },
      urlFromStderr,
    });
    return {
      ...program,
      [Symbol.asyncDispose]: async () => {
        await program[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** A port that is free now, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
