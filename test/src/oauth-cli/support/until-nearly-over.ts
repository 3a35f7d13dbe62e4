import { waitUntil } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

/** Seconds: a life of which a test can wait for the half, after which a token is renewed before it is used. */
export const shortTtlS = 8;

/** Waits until the only login of a machine is to be renewed before its next use. Its tokens live for {@link shortTtlS}. */
export async function untilNearlyOver(scene: Scene): Promise<void> {
  const { stdout } = await scene.fairlead(["auth", "status", "--json"]);
  const { servers } = JSON.parse(stdout) as { servers: readonly { readonly expiresAtMs?: number }[] };
  const endMs = servers.find(({ expiresAtMs }) => expiresAtMs !== undefined)?.expiresAtMs ?? Number.NaN;
  await waitUntil(() => Date.now() >= endMs - shortTtlS * 500, {
    withinMs: shortTtlS * 1_000,
    what: `The half of a token's life (it ends at ${endMs})`,
  });
}
