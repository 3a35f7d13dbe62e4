import { FairleadError } from "@fairlead/core";

/** Where an executor is, as configuration says it. */
export interface ExecutorTarget {
  /** `unix:///PATH`, `grpc://HOST:PORT` on loopback, or `grpcs://HOST:PORT`. */
  readonly url: string;
  /** Sent with every call; needed everywhere but on a unix socket. */
  readonly token?: string | undefined;
  /** For `grpcs`: PEM files' contents, and the name in the certificate if it is not the host's. */
  readonly tls?:
    | {
        readonly ca?: Buffer | undefined;
        readonly cert?: Buffer | undefined;
        readonly key?: Buffer | undefined;
        readonly serverName?: string | undefined;
      }
    | undefined;
}

/** A target as grpc-js wants it. */
export interface ResolvedTarget {
  readonly grpcTarget: string;
  readonly encrypted: boolean;
  /** What to send as HTTP/2 authority where the transport has no host of its own. */
  readonly authority: string | undefined;
}

/**
 * Reads an executor's URL. A bearer token never goes over plain text to another machine.
 * @param platform of this machine: Windows has no unix sockets. @default the one that this is
 * @throws FairleadError `usage`
 */
export function resolveTarget(
  target: ExecutorTarget,
  platform: NodeJS.Platform = process.platform,
): ResolvedTarget {
  const { url } = target;
  if (url.startsWith("unix://")) {
    if (platform === "win32") {
      throw invalid(url, "is a unix socket, which Windows cannot connect to; use grpc://127.0.0.1:PORT");
    }
    const path = url.slice("unix://".length);
    if (!path.startsWith("/"))
      throw invalid(url, "needs an absolute path, as in unix:///run/me/executor.sock");
    return { grpcTarget: `unix:${path}`, encrypted: false, authority: "localhost" };
  }
  const match = /^(grpcs?):\/\/(\[[^\]]+\]|[^:/]+):(\d{1,5})\/?$/.exec(url);
  const [, scheme, host, port] = match ?? [];
  if (scheme === undefined || host === undefined || port === undefined) {
    throw invalid(url, "is not unix:///PATH, grpc://HOST:PORT or grpcs://HOST:PORT");
  }
  const loopback = host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
  if (scheme === "grpc" && !loopback) {
    throw invalid(url, "would send its token in plain text; use grpcs:// for another machine", true);
  }
  return { grpcTarget: `dns:${host}:${port}`, encrypted: scheme === "grpcs", authority: undefined };
}

function invalid(url: string, what: string, insecure = false): FairleadError {
  return new FairleadError("usage", `The executor address ${JSON.stringify(url)} ${what}`, {
    reason: insecure ? "insecure_transport" : "argument_invalid",
    effect: "none",
    details: { url },
  });
}
