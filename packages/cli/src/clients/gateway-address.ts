import type { GatewayConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";

/**
 * The address at which a client of this machine reaches the gateway that the configuration describes.
 * @throws FairleadError `usage` where the configuration does not say it
 */
export function gatewayAddress({ http, tls, oauth }: GatewayConfig): string {
  if (oauth?.resource !== undefined) return oauth.resource;
  if (http === undefined || http.port === 0) {
    throw usage(
      "The configuration does not say where the gateway listens: set gateway.http, or give its address, as in --http http://127.0.0.1:7150/mcp",
    );
  }
  const host = http.host.includes(":") ? `[${http.host}]` : http.host;
  const address = (name: string): string =>
    `${tls === undefined ? "http" : "https"}://${name}:${http.port}/mcp`;
  const own = loopbackOfAll(address(host));
  if (own === undefined) return address(host);
  if (tls === undefined) return address(own);
  throw usage(
    `The gateway listens on every address of this machine (${host}), and its certificate is for none of them: give the name that the certificate is for, as in --http https://NAME:${http.port}/mcp`,
  );
}

/** Nobody can connect to "every address". @returns undefined where one address is meant */
function loopbackOfAll(address: string): string | undefined {
  // Parsing brings 0:0::0 and its like into one spelling.
  const name = URL.canParse(address) ? new URL(address).hostname : "";
  if (name === "0.0.0.0") return "127.0.0.1";
  return name === "[::]" ? "[::1]" : undefined;
}

function usage(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
