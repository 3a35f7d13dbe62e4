import * as z from "zod";
import { listenAddressProblem } from "../gateway/listen-address.js";
import { textWith } from "./checks.js";
import { gatewayOauthSchema } from "./gateway-oauth-schema.js";
import { longestTimerSec } from "./time.js";

const filePath = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^\0]*$/, "must not contain a NUL character");

const tlsSchema = z.strictObject({
  cert: filePath.describe("PEM file with the certificate chain that agents see."),
  key: filePath.describe("PEM file with the private key of cert."),
});

const text = z.string().min(1, "must not be empty");

/** `[gateway]`: how agents reach `fairlead serve` over HTTP. */
export const gatewaySchema = z.strictObject({
  http: textWith(listenAddressProblem)
    .optional()
    .describe("Address that serve listens on: host:port, [ipv6]:port, or a port on 127.0.0.1."),
  allowed_origins: z
    .array(text)
    .default([])
    .describe(
      "Origins of web pages that may connect. Empty: pages served from a loopback name of this machine.",
    ),
  allowed_hosts: z
    .array(text)
    .default([])
    .describe("Host names that agents may use, besides the listening address and the loopback names."),
  tls: tlsSchema.optional().describe("Certificate, for https."),
  session_idle_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .optional()
    .describe("End an agent's session after this long without a request, in seconds. Unset: 1,800."),
  max_sessions: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("Maximum number of simultaneous agent sessions. Unset: 256."),
  oauth: gatewayOauthSchema
    .optional()
    .describe("Authorization server whose tokens are accepted in addition to the gateway's own token."),
});
