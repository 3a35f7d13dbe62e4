import { lstat } from "node:fs/promises";
import type { ExecutorConfig } from "@fairlead/config";
import { FairleadError, toFairleadError } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import { probeConnection } from "@fairlead/machine";
import type { ExecutorSecrets } from "../../runtime/executor-secrets.js";
import type { CheckId } from "../check-table.js";

/** What became of opening a session: the session, or the link that is broken. */
export type ExecutorOpening =
  | { readonly session: ExecutorSession; readonly certificateUntilMs?: number }
  | { readonly link: CheckId; readonly error: FairleadError };

/** What an opening is diagnosed with. */
export interface OpeningOptions {
  readonly executor: ExecutorConfig;
  readonly secrets: ExecutorSecrets;
  readonly open: () => Promise<ExecutorSession>;
  /** Of this machine: proxies. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
}

/**
 * Opens a session as every command does, and only where that fails finds out at which link: what works through a proxy, for
 * example, must not be called broken because another way is.
 */
export async function diagnoseOpening(options: OpeningOptions): Promise<ExecutorOpening> {
  try {
    const session = await options.open();
    // Only to tell until when the certificate is good; the way of the session itself may be another one.
    const isTls = options.executor.address.scheme === "grpcs";
    const seen = isTls ? await tryAddress(options).catch(() => undefined) : undefined;
    const until = seen?.certificateUntilMs;
    return { session, ...(until === undefined ? {} : { certificateUntilMs: until }) };
  } catch (thrown) {
    options.signal.throwIfAborted();
    return locate(toFairleadError(thrown), options);
  }
}

async function locate(error: FairleadError, options: OpeningOptions): Promise<ExecutorOpening> {
  if (error.reason === "bad_token" || error.code === "unauthenticated" || error.code === "forbidden") {
    return { link: "executor-token", error };
  }
  if (error.reason !== "executor_unreachable") return { link: "executor-version", error };
  try {
    await tryAddress(options);
  } catch (thrown) {
    options.signal.throwIfAborted();
    const found = toFairleadError(thrown);
    return { link: linkOf(found), error: found };
  }
  return { link: "executor-version", error: noExecutor(options, error) };
}

function linkOf({ reason }: FairleadError): CheckId {
  if (reason === "dns_failed") return "executor-name";
  return reason === "tls_failed" ? "executor-tls" : "executor-port";
}

/** Tries the address without the contract. @throws FairleadError of the step that failed */
async function tryAddress({
  executor: { address },
  secrets: { tls },
  signal,
}: OpeningOptions): Promise<{ readonly certificateUntilMs?: number }> {
  if (address.scheme === "unix") {
    await trySocket(address.path);
    return {};
  }
  const { host, port } = address;
  return probeConnection({ host, port, signal, tls: address.scheme === "grpcs" ? (tls ?? {}) : undefined });
}

async function trySocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  const what =
    found === undefined
      ? `There is no socket ${path}`
      : found.isSocket()
        ? `Nobody answers at the socket ${path}: the executor that made it is gone, or belongs to somebody else`
        : `${path} is no socket`;
  throw new FairleadError("unavailable", what, {
    reason: "connect_failed",
    effect: "none",
    details: { path },
  });
}

function noExecutor({ executor, env }: OpeningOptions, cause: FairleadError): FairleadError {
  const proxy = ["grpc_proxy", "https_proxy", "http_proxy"].find((name) => (env[name] ?? "") !== "");
  const isProxied = executor.address.scheme === "grpcs" && proxy !== undefined;
  const what = isProxied
    ? `The direct way to ${executor.url} is open, but the one through the proxy of ${proxy} is not`
    : `Something listens at ${executor.url} that is no fairlead-executor, or does not answer as one`;
  return new FairleadError(isProxied ? "unavailable" : "protocol", what, {
    cause,
    effect: "none",
    reason: isProxied ? "proxy_failed" : "executor_unreachable",
    details: isProxied ? { variable: proxy } : {},
  });
}
