const client = { clientName: "fairlead-conformance", clientVersion: "1.0.0" };

/**
 * Opens one of the ways that requests can take. Only what that way needs is loaded: many clients start at once.
 * @param options.route `direct`: from this process; `executor`: from an executor
 * @param options.executorUrl address of a running one. @default none: one is started, which ends with this process
 * @returns `fetch`, and `close`, which ends all that was opened
 */
export async function openRoute({ route, executorUrl }) {
  switch (route) {
    case "direct": {
      const { createHttpClient } = await import("@fairlead/machine");
      return createHttpClient();
    }
    case "executor":
      return executorUrl === undefined ? startExecutor() : connect(executorUrl);
    default:
      throw new Error(`There is no route ${route}; there are direct and executor`);
  }
}

async function connect(url) {
  const { connectExecutor } = await import("@fairlead/link");
  return connectExecutor({ ...client, url });
}

async function startExecutor() {
  const { startLocalExecutor } = await import("@fairlead/link");
  const { binaryCommand } = await import("@fairlead/testkit");
  return startLocalExecutor({ ...client, command: binaryCommand("fairlead-executor") });
}
