import { type ExecutorConfig, isLoopbackHost } from "@fairlead/config";
import { commandLine } from "../shell-words.js";

/** Starts an executor where it is configured to be, as a line for its own machine. The certificate's files stand for those there. */
export function startLine({ address, url }: Pick<ExecutorConfig, "address" | "url">): string {
  const serve = ["fairlead-executor", "serve", "--listen"];
  // A socket is one of this machine.
  if (address.scheme === "unix") return commandLine([...serve, url]);
  const tls = address.scheme === "grpcs" ? ["--tls-cert", "cert.pem", "--tls-key", "key.pem"] : [];
  return commandLine([...serve, `${listenHost(address.host)}:${address.port}`, ...tls]);
}

/** The name by which one logs in to the machine of an executor; undefined where the address does not tell it: a tunnel's end. */
export function loginHost({ address }: Pick<ExecutorConfig, "address">): string | undefined {
  return address.scheme === "unix" || isLoopbackHost(address.host) ? undefined : address.host;
}

/** What is reached by loopback stays there; anything else is behind a name that may lead to any of its addresses. */
function listenHost(host: string): string {
  const isV6 = host.includes(":");
  if (!isLoopbackHost(host)) return isV6 ? "[::]" : "0.0.0.0";
  if (host === "localhost") return "127.0.0.1";
  return isV6 ? `[${host}]` : host;
}
