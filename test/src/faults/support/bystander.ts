import { connectExecutor } from "@fairlead/link";
import { createTestRandom } from "@fairlead/testkit";
import { expect } from "vitest";
import { launchTallied } from "./tallied.js";
import type { TestExecutor } from "./test-executor.js";

/** Somebody else's session on an executor, which must not notice what a hostile client does there. */
export interface Bystander extends AsyncDisposable {
  /** Sends something through its process and back. */
  echo(): Promise<void>;
  /** Checks that every byte of it came once, over the one connection that it ever had, and ends it. */
  finish(): Promise<void>;
}

const leastEchoBytes = 100;
const mostEchoBytes = 20_000;

/** Opens a session with an echo in it. */
export async function startBystander(executor: Pick<TestExecutor, "address" | "token">): Promise<Bystander> {
  const random = createTestRandom("a bystander");
  const states: string[] = [];
  const session = await connectExecutor({
    url: executor.address,
    token: executor.token,
    name: "far",
    clientName: "bystander",
    clientVersion: "0",
    onState: ({ state }) => void states.push(state),
  });
  let wanted = { bytes: 0, seen: (): void => {} };
  let received = 0;
  const process = await launchTallied(session, "echo", {
    onOutput: (chunk) => {
      received += chunk.length;
      if (received >= wanted.bytes) wanted.seen();
    },
  });
  return {
    echo: async () => {
      const bytes = random.bytes(random.integer(leastEchoBytes, mostEchoBytes));
      const echoed = new Promise<void>((resolve) => {
        wanted = { bytes: process.sentBytes + bytes.length, seen: resolve };
      });
      await Promise.all([process.write(bytes), echoed]);
    },
    finish: async () => {
      expect(await process.finish()).toMatchObject({ reason: "exited", code: 0 });
      process.check();
      expect(states).toEqual(["connecting", "connected"]);
      expect(await session.describe()).toMatchObject({ processes: 0 });
    },
    [Symbol.asyncDispose]: async () => void (await session.close({ stdinGraceMs: 0, termGraceMs: 0 })),
  };
}
