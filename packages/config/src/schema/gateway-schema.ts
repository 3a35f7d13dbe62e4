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
  cert: filePath.describe(
    "PEM file of the certificate that agents see, with those that lead to its authority.",
  ),
  key: filePath.describe("PEM file of the private key of that certificate."),
});

const text = z.string().min(1, "must not be empty");

/** `[gateway]`: how agents reach `fairlead serve` over HTTP. */
export const gatewaySchema = z.strictObject({
  http: textWith(listenAddressProblem)
    .optional()
    .describe(
      "Address that serve listens on: host:port, [ipv6]:port, or a port of this machine's own address.",
    ),
  allowed_origins: z
    .array(text)
    .default([])
    .describe("Origins of web pages that may be agents, beside pages of this machine."),
  allowed_hosts: z
    .array(text)
    .default([])
    .describe("Names under which agents may reach it, beside this machine's own addresses."),
  tls: tlsSchema.optional().describe("Certificate, for https."),
  session_idle_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .optional()
    .describe("Time without a request until an agent's session ends, in seconds. Unset: 1,800."),
  max_sessions: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("Most sessions of agents at the same time. Unset: 256."),
  oauth: gatewayOauthSchema
    .optional()
    .describe("The authorization server whose tokens let agents in, beside the gateway's own token."),
});
