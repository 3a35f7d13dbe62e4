import { FairleadError } from "@fairlead/core";
import {
  closeFailedClientSockets,
  connectionWindowBytes,
  createCallMetadata,
  type FilesServiceClient,
  type HttpServiceClient,
  type MachineServiceClient,
  type ProcessServiceClient,
  quietTransportLog,
  type SessionRef,
  type SessionServiceClient,
  services,
} from "@fairlead/wire";
import { ChannelCredentials, type ChannelOptions, type Metadata } from "@grpc/grpc-js";
import { type ExecutorTarget, resolveTarget } from "./target.js";

/** How a half-open connection is noticed: a ping after so much silence, and so long for its answer. */
const keepaliveMs = 10_000;
const keepaliveTimeoutMs = 5_000;

/** One HTTP/2 connection to an executor, never shared with another channel. */
export interface Channel {
  readonly session: SessionServiceClient;
  readonly process: ProcessServiceClient;
  readonly machine: MachineServiceClient;
  readonly http: HttpServiceClient;
  readonly files: FilesServiceClient;
  /** Metadata for one call: the bearer token, and the session where there is one. */
  metadata(session?: SessionRef): Metadata;
  /** Connects if need be. @returns whether it is connected after at most so long */
  isReadyWithin(limitMs: number): Promise<boolean>;
  close(): void;
}

/** Makes a channel; it connects at the first call. @throws FairleadError `usage` for an address that cannot be used */
export function createChannel(target: ExecutorTarget): Channel {
  quietTransportLog();
  closeFailedClientSockets();
  const { grpcTarget, encrypted, authority } = resolveTarget(target);
  const credentials = encrypted ? createTlsCredentials(target) : ChannelCredentials.createInsecure();
  const options: ChannelOptions = {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    // grpc-js would send even loopback calls, bearer token included, through a configured proxy.
    "grpc.enable_http_proxy": encrypted ? 1 : 0,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    // Also where nothing is under way: a connection that is kept for bulk must not turn out to be dead when it is needed.
    "grpc.keepalive_permit_without_calls": 1,
    // Wide also on a unix socket, where the other direction is narrow: see widenServerWindows.
    "grpc-node.flow_control_window": connectionWindowBytes,
    ...(authority === undefined ? {} : { "grpc.default_authority": authority }),
    ...(target.tls?.serverName === undefined
      ? {}
      : { "grpc.ssl_target_name_override": target.tls.serverName }),
  };
  const session = new services.SessionService(grpcTarget, credentials, options);
  // The clients share one channel, so that a session has one connection.
  const shared = { ...options, channelOverride: session.getChannel() };
  return {
    session,
    process: new services.ProcessService(grpcTarget, credentials, shared),
    machine: new services.MachineService(grpcTarget, credentials, shared),
    http: new services.HttpService(grpcTarget, credentials, shared),
    files: new services.FilesService(grpcTarget, credentials, shared),
    metadata: (ref) => createCallMetadata(target.token, ref),
    isReadyWithin: (limitMs) =>
      new Promise((resolve) => {
        session.waitForReady(Date.now() + limitMs, (error) => resolve(error === undefined));
      }),
    close: () => session.close(),
  };
}

function createTlsCredentials(target: ExecutorTarget): ChannelCredentials {
  const { ca, cert, key } = target.tls ?? {};
  try {
    return ChannelCredentials.createSsl(ca ?? null, key ?? null, cert ?? null);
  } catch (cause) {
    throw new FairleadError("usage", `The TLS files for ${target.url} cannot be used: ${String(cause)}`, {
      cause,
      reason: "config_invalid",
      effect: "none",
    });
  }
}
