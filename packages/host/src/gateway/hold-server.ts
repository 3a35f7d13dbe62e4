import type { AgentServer } from "../orchestrator/agent-server.js";

/**
 * Does something at a server that must not be let go of meanwhile: a reload that replaces it waits for the end. Whatever an
 * agent asks for is done so, from the choice of the server on.
 * @throws FairleadError `canceled` if it was let go of already; else as `work`
 */
export async function holdServer<Result>(
  server: Pick<AgentServer, "hold">,
  work: () => Promise<Result>,
): Promise<Result> {
  const release = server.hold();
  try {
    return await work();
  } finally {
    release();
  }
}
