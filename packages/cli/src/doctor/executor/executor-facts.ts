import { type ExecutorConfig, type FairleadConfig, resolveExecutor } from "@fairlead/config";
import type { ExecutorSession } from "@fairlead/link";
import type { CommandContext } from "../../commands/context.js";
import { type ExecutorSecrets, readExecutorSecrets } from "../../runtime/executor-secrets.js";
import { diagnoseOpening, type ExecutorOpening } from "./diagnose-opening.js";

/** One executor while it is diagnosed. What was read or opened is kept for the later checks. */
export interface ExecutorFacts {
  readonly name: string;
  /** Undefined for the one of this machine, which is started when it is needed. */
  readonly config: ExecutorConfig | undefined;
  /** Of this machine. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly readSecrets: () => Promise<ExecutorSecrets>;
  /** Opens a session once, and never fails for what a link is to blame for. */
  readonly opening: () => Promise<ExecutorOpening>;
  /** The open session. @throws FairleadError of the link that is broken */
  readonly session: () => Promise<ExecutorSession>;
}

/** Collects what is asked about an executor. @throws FairleadError `not_found` for one that is not configured */
export function createExecutorFacts(
  name: string,
  context: Pick<CommandContext, "env" | "pool" | "signal"> & { readonly config: FairleadConfig },
): ExecutorFacts {
  const resolved = resolveExecutor(context.config, name);
  const config = resolved.kind === "configured" ? resolved : undefined;
  const { env, pool, signal } = context;
  const open = (): Promise<ExecutorSession> => pool.open(name, signal);
  const readSecrets = async (): Promise<ExecutorSecrets> =>
    config === undefined ? {} : readExecutorSecrets(config, env);
  let opening: Promise<ExecutorOpening> | undefined;
  const diagnose = async (): Promise<ExecutorOpening> => {
    if (config === undefined) return { session: await open() };
    return diagnoseOpening({ executor: config, secrets: await readSecrets(), open, env, signal });
  };
  return {
    name,
    config,
    env,
    readSecrets,
    opening: () => (opening ??= diagnose()),
    session: async () => {
      const opened = await (opening ??= diagnose());
      if ("session" in opened) return opened.session;
      throw opened.error;
    },
  };
}
