import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type RawClient, spawnRawClient, waitUntil } from "@fairlead/testkit";
import {
  createTestHome,
  type TestHome,
  type TestHomeOptions,
} from "../../servers/support/create-test-home.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";

/** `fairlead serve --http` as a process of its own, which can be asked for its memory. */
export interface Gateway extends AsyncDisposable {
  readonly home: TestHome;
  /** Of the merged endpoint. */
  readonly url: string;
  readonly token: string;
  readonly process: RawClient;
  /** Bytes of the heap that are in use after a garbage collection. */
  heapUsedBytes(): Promise<number>;
}

/** Shared with the benchmarks: on SIGUSR2 it collects garbage and writes what is in use to a file. */
const probe = fileURLToPath(new URL("../../../bench/programs/memory-probe.mjs", import.meta.url));
const startLimitMs = 20_000;

/** Starts a gateway on a free port. Disposing ends it with SIGTERM and fails if anything of it is left. */
export async function startGateway(options: TestHomeOptions): Promise<Gateway> {
  const stack = createDisposeStack();
  try {
    const home = stack.use(await createTestHome(options));
    const memoryFile = home.folder.file("memory.json");
    const [node, ...argv] = home.command("serve", "--http", "127.0.0.1:0");
    const gateway = stack.use(
      await spawnRawClient([node, "--expose-gc", "--import", probe, ...argv], {
        env: { ...home.env, BENCH_MEMORY_FILE: memoryFile },
        cwd: home.folder.path,
      }),
    );
    const url = await waitUntil(() => /listening on (http:\S+)/.exec(gateway.stderr())?.[1], {
      withinMs: startLimitMs,
      what: () => `The gateway's address. It says: ${gateway.stderr()}`,
    });
    const token = (await readFile(home.folder.file("gateway-token"), "utf8")).trim();
    let asked = 0;
    return {
      home,
      url,
      token,
      process: gateway,
      heapUsedBytes: async () => {
        asked += 1;
        gateway.kill("SIGUSR2");
        const told = await waitUntil(() => readMemory(memoryFile, asked), {
          withinMs: 10_000,
          what: "The gateway's word on its memory",
        });
        return told.heapUsed;
      },
      [Symbol.asyncDispose]: async () => {
        gateway.kill("SIGTERM");
        await gateway.exited;
        await stack[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function readMemory(file: string, count: number): Promise<{ heapUsed: number } | undefined> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  const told = JSON.parse(text) as { count?: number; heapUsed?: number };
  return told.count === count && told.heapUsed !== undefined ? { heapUsed: told.heapUsed } : undefined;
}
