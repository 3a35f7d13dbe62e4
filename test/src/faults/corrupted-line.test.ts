import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { withinMs } from "@fairlead/core";
import { createTestRandom, runCommand } from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startLoad } from "./support/load.js";
import { startTestExecutor } from "./support/test-executor.js";
import { connectThroughChaos } from "./support/through-chaos.js";

const directions = ["toTarget", "fromTarget"] as const;
const rounds = 20;
/** A changed length lets the receiver wait for bytes that never come: only silence, noticed after 15 s, ends that. */
const progressMs = 25_000;

const stack = createDisposeStack();
let daemon: ExecutorDaemon;
let ca: Buffer;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  const files = { cert: scene.folder.file("x.pem"), key: scene.folder.file("x.key") };
  const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x";
  const names = ["-addext", "subjectAltName=DNS:executor.test"];
  const made = await runCommand([
    "openssl",
    ...kind.split(" "),
    ...names,
    "-keyout",
    files.key,
    "-out",
    files.cert,
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  ca = await readFile(files.cert);
  const args = ["--tls-cert", files.cert, "--tls-key", files.key];
  daemon = stack.use(await startDaemon(scene, { listen: "127.0.0.1:0", args }));
});
afterAll(() => stack[Symbol.asyncDispose]());

// TCP's own checksum is weak and ends at every proxy; TLS is what vouches for the bytes.
test("a line that changes bytes cannot change those of an encrypted session, which goes on over new connections", async () => {
  const random = createTestRandom("a line that changes bytes");
  let epochs = 0;
  const { port, token } = daemon;
  await using chaos = await connectThroughChaos(
    { port, token, socketPath: undefined },
    {
      line: { roundTripMs: 2, bitsPerSecond: 100e6 },
      session: {
        tls: { ca, serverName: "executor.test" },
        onState: ({ state }) => {
          if (state === "connected") epochs += 1;
        },
      },
      encrypted: true,
    },
  );
  const load = await startLoad(chaos.session, random);
  for (let round = 1; round <= rounds; round += 1) {
    await withinMs(load.progress(), progressMs, `Progress in round ${round} (seed ${random.seed})`);
    // Whichever of them carries something next is spoiled, and must end; nothing that it changed may be taken.
    const { connections } = chaos.proxy;
    const direction = random.pick(directions);
    for (const connection of connections) {
      if (random.chance(0.7)) connection.corrupt(direction);
      else connection.truncate(direction);
    }
    const ends = Promise.race(connections.map(({ closed }) => closed));
    await withinMs(ends, progressMs, `The end of a spoiled connection (seed ${random.seed})`);
  }
  await load.progress();
  await load.finish();
  expect(epochs).toBeGreaterThan(1);
  expect(daemon.stderr()).toBe("");
}, 120_000);

// Without encryption a changed byte within a payload is not noticed: whoever needs more than TCP gives uses TLS.
test("without encryption a line that changes bytes breaks what it changes, and nothing else", async () => {
  const random = createTestRandom("a line that changes bytes in the clear");
  await using scene = await createScene();
  await using executor = await startTestExecutor(scene, { limits: {} });
  await using good = await connectThroughChaos(executor);
  const untouched = await startLoad(good.session, random);
  await using bad = await connectThroughChaos(executor, { session: { detachTtlMs: 2_000 } });
  const spoiled = await startLoad(bad.session, random);
  void spoiled.finish().catch(() => {});
  for (let round = 0; round < rounds; round += 1) {
    for (const connection of bad.proxy.connections) connection.corrupt(random.pick(directions));
    await untouched.progress();
    await pause(20);
  }
  await untouched.finish();
  expect(good.session.state).toEqual({ state: "connected", epoch: 1 });
  expect(executor.stderr()).toBe("");
});
