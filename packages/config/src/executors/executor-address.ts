/** Where an executor listens, in the parts that a client needs. */
export type ExecutorAddress =
  | { readonly scheme: "unix"; readonly path: string }
  | { readonly scheme: "grpc" | "grpcs"; readonly host: string; readonly port: number };

/** Socket addresses of the system hold about 108 bytes; a longer path would be cut silently. */
const socketPathMaxBytes = 100;

const supported = "supported are unix:///path, grpc://host:port (loopback only) and grpcs://host:port";

/** Takes an executor's URL apart; undefined where {@link executorAddressProblem} has something to say. */
export function parseExecutorAddress(url: string): ExecutorAddress | undefined {
  const result = readAddress(url);
  return typeof result === "string" ? undefined : result;
}

/** What is wrong with an executor's URL, without repeating credentials in it; undefined if nothing is. */
export function executorAddressProblem(url: string): string | undefined {
  const result = readAddress(url);
  return typeof result === "string" ? result : undefined;
}

function readAddress(url: string): ExecutorAddress | string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return `expected a URL with a scheme; ${supported}`;
  const rest = url.slice(scheme.length + 1);
  if (scheme === "unix") return readSocketPath(rest);
  if (scheme === "grpc" || scheme === "grpcs") return readHostAndPort(scheme, rest);
  return `${scheme}:// executors are not supported yet by this version; ${supported}`;
}

function readSocketPath(rest: string): ExecutorAddress | string {
  if (!/^\/\/\/[^\0]/.test(rest) || rest.includes("\0")) {
    return "expected unix:// and an absolute path, as in unix:///run/fairlead.sock";
  }
  const path = rest.slice(2);
  if (Buffer.byteLength(path) > socketPathMaxBytes) {
    return `the socket path is longer than ${socketPathMaxBytes} bytes, which systems cut; use a shorter one`;
  }
  return { scheme: "unix", path };
}

function readHostAndPort(scheme: "grpc" | "grpcs", rest: string): ExecutorAddress | string {
  if (rest.includes("@")) return "must not contain credentials; use token_env or token_file";
  const match = /^\/\/(\[[0-9A-Fa-f:.]+\]|[^\s/:?#[\]\0]+):(\d{1,5})\/?$/.exec(rest);
  const [, spelledHost = "", digits = ""] = match ?? [];
  const port = Number(digits);
  if (match === null || port < 1 || port > 65_535)
    return `expected ${scheme}://host:port and nothing after it`;
  const host = spelledHost.replace(/^\[|\]$/g, "").toLowerCase();
  if (scheme === "grpc" && !isLoopback(host)) {
    return "grpc:// sends everything in the clear and is for loopback only; use grpcs://";
  }
  return { scheme, host, port };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}
