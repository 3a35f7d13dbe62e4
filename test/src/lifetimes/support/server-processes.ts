import { type ProcessInfo, processesWithMarker, waitUntil } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

/** Living fixture servers and their grandchildren: they carry the marker in their arguments, our own programs do not. */
export function serverProcesses(scene: Pick<Scene, "marker">): readonly ProcessInfo[] {
  return processesWithMarker(scene.marker).filter(({ cmdline }) => cmdline.includes(scene.marker));
}

/** Waits for the end of all of them. @returns the milliseconds that it took */
export async function waitUntilServersGone(scene: Pick<Scene, "marker">, withinMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const told = (): string =>
    serverProcesses(scene)
      .map(({ cmdline }) => cmdline.join(" "))
      .join("; ");
  await waitUntil(() => serverProcesses(scene).length === 0, {
    withinMs,
    what: () => `The end of ${told()}`,
  });
  return performance.now() - startedAtMs;
}
