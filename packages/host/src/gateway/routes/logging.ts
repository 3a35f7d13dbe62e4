import type { RouteContext } from "../route.js";

/** Passes the agent's wish about log messages to every server that takes one, also to those that start later. */
export async function setLevelEverywhere(params: Buffer | undefined, context: RouteContext): Promise<void> {
  await Promise.all(
    context.instances.map(async (instance) => {
      if (!(await instance.isReadyWithin(context.listPatienceMs)) || !instance.announces("logging")) return;
      try {
        await instance.call({ method: "logging/setLevel", params });
      } catch (error) {
        context.warn(
          instance.name,
          `logging/setLevel failed: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  );
}
