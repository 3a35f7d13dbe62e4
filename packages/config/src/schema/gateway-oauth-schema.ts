import * as z from "zod";
import { textWith } from "./checks.js";
import { environmentNameSchema } from "./environment-name.js";
import { resourceUrlProblem, scopeProblem, trustedUrlProblem } from "./oauth-rules.js";

const text = z.string().min(1, "must not be empty");

const introspectionSchema = z.strictObject({
  url: textWith(trustedUrlProblem).describe("Introspection endpoint of the authorization server."),
  client_id: text.describe("The gateway's client id at the authorization server."),
  client_secret_env: environmentNameSchema.describe(
    "Environment variable on this machine with the secret of client_id.",
  ),
});

/** `[gateway.oauth]`: the gateway as the protected resource of an authorization server. */
export const gatewayOauthSchema = z
  .strictObject({
    issuer: textWith(trustedUrlProblem).describe("The authorization server, exactly as its tokens name it."),
    resource: textWith(resourceUrlProblem)
      .optional()
      .describe(
        "Address at which agents reach /mcp; tokens are issued for it. Unset: the listening address.",
      ),
    audiences: z.array(text).default([]).describe("Other audiences to accept in tokens."),
    scopes: z.array(textWith(scopeProblem)).default([]).describe("Scopes that every token must have."),
    jwks_url: textWith(trustedUrlProblem)
      .optional()
      .describe("Where to find the issuer's keys. Unset: as its metadata says."),
    introspection: introspectionSchema
      .optional()
      .describe("Check tokens with the authorization server, for tokens that are not JSON Web Tokens."),
  })
  .refine(({ jwks_url, introspection }) => jwks_url === undefined || introspection === undefined, {
    path: ["jwks_url"],
    message: "has no use where tokens are asked about: leave it out, or introspection",
  });

/** `[gateway.oauth]` after validation. */
export type ParsedGatewayOauth = z.output<typeof gatewayOauthSchema>;
