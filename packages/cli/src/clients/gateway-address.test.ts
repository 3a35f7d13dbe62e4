import type { GatewayConfig } from "@fairlead/config";
import { expect, test } from "vitest";
import { gatewayAddress } from "./gateway-address.js";

const tls = { cert: "/cert.pem", key: "/key.pem" };
const listening = (host: string, more: Partial<GatewayConfig> = {}): GatewayConfig => ({
  allowedOrigins: [],
  allowedHosts: [],
  http: { host, port: 7150 },
  ...more,
});

test.each<[host: string, more: Partial<GatewayConfig>, address: string]>([
  ["127.0.0.1", {}, "http://127.0.0.1:7150/mcp"],
  ["tools.example", { tls }, "https://tools.example:7150/mcp"],
  ["fd00::7", { tls }, "https://[fd00::7]:7150/mcp"],
  ["0.0.0.0", {}, "http://127.0.0.1:7150/mcp"],
  ["::", {}, "http://[::1]:7150/mcp"],
  ["0:0::0", {}, "http://[::1]:7150/mcp"],
])("a gateway that listens on %s, with %j, is reached at %s", (host, more, address) => {
  expect(gatewayAddress(listening(host, more))).toBe(address);
});

test("a gateway whose public address is configured is reached there, wherever it listens", () => {
  const oauth = {
    issuer: "https://login.example",
    resource: "https://tools.example/mcp",
    audiences: [],
    scopes: [],
  };
  expect(gatewayAddress(listening("0.0.0.0", { tls, oauth }))).toBe("https://tools.example/mcp");
});

test.each(["0.0.0.0", "::"])(
  "a gateway with a certificate that listens on %s has no address of its own",
  (host) => {
    expect(() => gatewayAddress(listening(host, { tls }))).toThrow("as in --http https://NAME:7150/mcp");
  },
);

test.each<[Partial<GatewayConfig>]>([[{}], [{ http: { host: "127.0.0.1", port: 0 } }]])(
  "a gateway configured with %j has no address yet",
  (more) => {
    const gateway = { allowedOrigins: [], allowedHosts: [], ...more };
    expect(() => gatewayAddress(gateway)).toThrow("set gateway.http");
  },
);
