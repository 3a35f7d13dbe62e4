import { isIP, connect as netConnect, type Socket } from "node:net";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { canceledError, type FairleadError, untilAborted } from "@fairlead/core";
import { connectError, lookupError, tlsError } from "./connect-errors.js";
import { lookUpHere } from "./open-connection.js";

/** Which way is tried, from this machine and past any proxy. */
export interface ConnectionProbe {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Undefined: only the connection is tried. */
  readonly tls?:
    | {
        readonly ca?: Buffer | undefined;
        readonly cert?: Buffer | undefined;
        readonly key?: Buffer | undefined;
        /** The name that the certificate must hold. @default the host */
        readonly serverName?: string | undefined;
      }
    | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of each step, in milliseconds. @default 5,000: longer than any network that is of use takes */
  readonly timeoutMs?: number | undefined;
}

/** A way that is open. */
export interface ProbedConnection {
  /** What the name stands for; the host itself where it is an address. */
  readonly addresses: readonly string[];
  /** Of the certificate, where TLS was tried; milliseconds since 1970. */
  readonly certificateUntilMs?: number;
}

/**
 * Tries step by step whether a connection can be made, and closes it: the name, the port, TLS. It says nothing.
 * @throws FairleadError `unavailable` with the step that failed: `dns_failed`, `connect_failed` or `tls_failed`; `canceled`
 */
export async function probeConnection(probe: ConnectionProbe): Promise<ProbedConnection> {
  const { host, port, tls, signal, timeoutMs = 5_000 } = probe;
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const limit = (): AbortSignal => {
    const late = AbortSignal.timeout(timeoutMs);
    return signal === undefined ? late : AbortSignal.any([signal, late]);
  };
  const failed = (toError: (cause: unknown) => FairleadError) => (cause: unknown) => {
    throw signal?.aborted === true ? canceledError(signal, `Trying ${target}`) : toError(cause);
  };
  const addresses =
    isIP(host) === 0
      ? await lookedUp(host, limit()).catch(failed((cause) => lookupError(host, cause)))
      : [host];
  const plain = netConnect({ host, port });
  await opened(plain, "connect", limit()).catch(failed((cause) => connectError(target, cause)));
  if (tls === undefined) {
    plain.destroy();
    return { addresses };
  }
  const { serverName = host, ca, cert, key } = tls;
  const secured = tlsConnect({
    socket: plain,
    host: serverName,
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ALPNProtocols: ["h2"],
    rejectUnauthorized: true,
  });
  await opened(secured, "secureConnect", limit()).catch(failed((cause) => tlsError(target, cause)));
  const certificateUntilMs = Date.parse(certificateEnd(secured));
  secured.destroy();
  return { addresses, ...(Number.isNaN(certificateUntilMs) ? {} : { certificateUntilMs }) };
}

/** The system's look-up cannot be stopped; it is waited for no longer. */
async function lookedUp(host: string, signal: AbortSignal): Promise<readonly string[]> {
  return untilAborted(lookUpHere(host), signal, `Looking up ${host}`).catch((cause: unknown) => {
    // What a name server says that does not answer.
    throw signal.aborted ? Object.assign(timedOut(), { code: "EAI_AGAIN" }) : cause;
  });
}

function certificateEnd(socket: TLSSocket): string {
  // Empty where the peer showed none.
  return (socket.getPeerCertificate() as { readonly valid_to?: string }).valid_to ?? "";
}

/** Settles when a socket is open; one that failed, or took too long, is destroyed. */
async function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<void> {
  const onAbort = (): void => void socket.destroy(timedOut());
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, () => resolve());
      // Stays for good: a socket that fails while nobody else listens must not end the process.
      socket.on("error", reject);
      socket.once("close", () => reject(new Error("The connection was closed")));
    });
  } catch (cause) {
    socket.destroy();
    throw cause;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function timedOut(): Error {
  return Object.assign(new Error("Nothing answered in time"), { code: "ETIMEDOUT" });
}
