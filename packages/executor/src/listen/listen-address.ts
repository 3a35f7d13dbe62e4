import { FairleadError } from "@fairlead/core";

/** Node silently cuts the path of a unix socket that is longer than the system's limit of 104 to 108 bytes. */
const maxSocketPathBytes = 100;

/** Where an executor waits for clients. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly loopback: boolean };

/**
 * Reads what a person typed: `unix:///run/me/executor.sock`, an absolute socket path, `127.0.0.1:7040`, `[::1]:7040`.
 * @param platform Windows has no sockets of this kind. @default this machine's
 * @throws FairleadError `usage`
 */
export function parseListenAddress(
  text: string,
  platform: NodeJS.Platform = process.platform,
): ListenAddress {
  if (platform === "win32" && /^(?:unix:|[\\/])/.test(text)) {
    throw invalid(
      text,
      "is a socket or pipe, which executors on Windows do not listen on; give HOST:PORT, as in 127.0.0.1:7040",
    );
  }
  if (text.startsWith("unix:") || text.startsWith("/")) {
    const path = text.replace(/^unix:(?:\/\/)?/, "");
    if (!path.startsWith("/"))
      throw invalid(text, "needs an absolute path, as in unix:///run/me/executor.sock");
    if (Buffer.byteLength(path) > maxSocketPathBytes) {
      throw invalid(text, `is longer than ${maxSocketPathBytes} bytes, the most that a socket path may have`);
    }
    return { kind: "unix", path };
  }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw invalid(text, "is neither unix:///PATH nor HOST:PORT, as in 127.0.0.1:7040");
  }
  return { kind: "tcp", host, port, loopback: isLoopback(host) };
}

/** Tells whether a host name or address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function invalid(text: string, what: string): FairleadError {
  return new FairleadError("usage", `The listen address ${JSON.stringify(text)} ${what}`, {
    reason: "argument_invalid",
    effect: "none",
    details: { address: text },
  });
}
