import { readFile } from "node:fs/promises";
import { FairleadError } from "@fairlead/core";
import { spawnRawClient, waitUntil } from "@fairlead/testkit";
import type { TestHome } from "../../servers/support/create-test-home.js";

/** `fairlead serve --http`, listening on a free port of 127.0.0.1. Disposing sends SIGTERM and waits for exit code 0. */
export interface HttpGateway extends AsyncDisposable {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The address of the merged endpoint, or of one server's. */
  endpoint(server?: string): string;
  /** The generated bearer; undefined where it was switched off. */
  readonly token: string | undefined;
  stderr(): string;
}

/** How a gateway is started. */
export interface HttpGatewayOptions {
  /** Further flags of `serve`. @default none */
  readonly flags?: readonly string[] | undefined;
}

const startLimitMs = 20_000;
const endLimitMs = 10_000;

/** Starts the gateway of a home and waits until it listens. */
export async function startHttpGateway(
  home: TestHome,
  { flags = [] }: HttpGatewayOptions = {},
): Promise<HttpGateway> {
  const argv = home.command("serve", "--http", "127.0.0.1:0", ...flags);
  const program = await spawnRawClient(argv, { env: home.env, cwd: home.folder.path });
  try {
    const url = await waitUntil(() => /listening on (http:\/\/\S+)/.exec(program.stderr())?.[1], {
      withinMs: startLimitMs,
      what: () => `The address of the gateway. stderr: ${program.stderr()}`,
    });
    const { origin } = new URL(url);
    const hasToken = !flags.includes("--http-no-auth");
    const token = hasToken ? (await readFile(home.folder.file("gateway-token"), "utf8")).trim() : undefined;
    return {
      pid: program.pid,
      origin,
      endpoint: (server) => (server === undefined ? `${origin}/mcp` : `${origin}/mcp/${server}`),
      token,
      stderr: () => program.stderr(),
      [Symbol.asyncDispose]: async () => {
        program.kill("SIGTERM");
        const exit = await Promise.race([program.exited, late()]);
        const stderr = program.stderr();
        await program[Symbol.asyncDispose]();
        if (exit !== undefined && exit.code === 0) return;
        const how = exit === undefined ? `not within ${endLimitMs} ms` : `with ${exit.code ?? exit.signal}`;
        throw new FairleadError("internal", `The gateway ended after SIGTERM ${how}. ${stderr}`);
      },
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

function late(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), endLimitMs).unref();
  });
}
