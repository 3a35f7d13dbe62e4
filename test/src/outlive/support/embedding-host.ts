import { fileURLToPath } from "node:url";
import { type RawClient, spawnRawClient } from "@fairlead/testkit";
import { createScene, type Scene } from "../../failures/support/scene.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { ttlMs } from "./limits.js";
import { createTree, type Tree } from "./tree.js";

const program = fileURLToPath(new URL("../fixtures/host.mjs", import.meta.url));

/** Where an embedding program runs its tree: on a remote executor, or on one that it starts by this command. */
export type EmbeddedExecutor =
  | { readonly url: string; readonly token: string | undefined }
  | { readonly command: readonly string[] };

/** What an embedding program can be asked to do. */
export type EmbeddingStep = "pending call" | "uncaught exception" | "unhandled rejection" | "process.exit";

/** A program that uses our library, and runs a tree with it. Disposing it kills what is left. */
export interface EmbeddingHost extends AsyncDisposable {
  readonly scene: Scene;
  readonly tree: Tree;
  readonly host: RawClient;
  /** Asks the program for one of its steps. */
  does(step: EmbeddingStep): Promise<void>;
}

/** Starts one, and waits for its tree. @param start makes the executor, which is disposed after the host */
export async function startEmbeddingHost(
  start: (scene: Scene) => Promise<{ readonly executor: EmbeddedExecutor } & Partial<AsyncDisposable>>,
): Promise<EmbeddingHost> {
  const stack = createDisposeStack();
  try {
    const scene = stack.use(await createScene());
    const tree = stack.use(await createTree());
    const started = await start(scene);
    stack.use({ [Symbol.asyncDispose]: async () => started[Symbol.asyncDispose]?.() });
    const { executor } = started;
    const order = { executor, detachTtlMs: ttlMs, argv: tree.argv, marker: tree.marker };
    const host = stack.use(
      await spawnRawClient([process.execPath, program], { env: scene.env, cwd: scene.folder.path }),
    );
    await host.send(order);
    await tree.ready(host);
    return {
      scene,
      tree,
      host,
      does: (step) => host.send({ step }),
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}
