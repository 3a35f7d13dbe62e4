import { type ChaosProxy, type LineDirection, waitUntil } from "@fairlead/testkit";

/** Whether bytes are under way in a direction. */
export function isHeld(proxy: ChaosProxy, direction: LineDirection): boolean {
  return proxy.connections.some((connection) => connection.look()[direction].heldBytes > 0);
}

/** Breaks the line once anything more is under way in a direction. Call it before whatever sends that. */
export async function cutOnceHeld(proxy: ChaosProxy, direction: LineDirection): Promise<void> {
  // On a fast line it could pass between two looks. The next connection is as fast as ever.
  for (const connection of proxy.connections) connection.delay(1_000, direction);
  await waitUntil(() => isHeld(proxy, direction), {
    withinMs: 5_000,
    what: `Bytes on their way (${direction})`,
  });
  proxy.cut();
}
