/** Where a server of ours listens. */
export interface ListenAddress {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** A port without a host is one of this machine's own address. */
const loopback = "127.0.0.1";

/** Reads `host:port`, `[ipv6]:port`, or a port alone, which is one of 127.0.0.1; undefined if it is none of them. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]:|([A-Za-z0-9._-]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return { host: bracketed ?? plain ?? loopback, port };
}

/** What is wrong with a written address; undefined if nothing. */
export function listenAddressProblem(text: string): string | undefined {
  if (parseListenAddress(text) !== undefined) return undefined;
  return "expected host:port, [ipv6]:port or a port alone, for example 127.0.0.1:7150";
}

/** Whether only this machine reaches the address. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
