import * as z from "zod";
import { textWith } from "./checks.js";
import { environmentNameSchema } from "./environment-name.js";
import { resourceUrlProblem, scopeProblem, trustedUrlProblem } from "./oauth-rules.js";

const text = z.string().min(1, "must not be empty");

const introspectionSchema = z.strictObject({
  url: textWith(trustedUrlProblem).describe("Introspection endpoint of the authorization server."),
  client_id: text.describe("Id by which the gateway is known there."),
  client_secret_env: environmentNameSchema.describe(
    "Environment variable of this machine with the secret of client_id.",
  ),
});

/** `[gateway.oauth]`: the gateway as the protected resource of an authorization server. */
export const gatewayOauthSchema = z
  .strictObject({
    issuer: textWith(trustedUrlProblem).describe("The authorization server, exactly as its tokens name it."),
    resource: textWith(resourceUrlProblem)
      .optional()
      .describe("Address by which agents reach /mcp, for which tokens are made. Unset: that of listening."),
    audiences: z.array(text).default([]).describe("Other names that tokens for the gateway may be made for."),
    scopes: z.array(textWith(scopeProblem)).default([]).describe("Scopes that every token must have."),
    jwks_url: textWith(trustedUrlProblem)
      .optional()
      .describe("Where the keys of the issuer are. Unset: where its metadata say."),
    introspection: introspectionSchema
      .optional()
      .describe("Asks the authorization server about tokens, for such as are no JSON Web Tokens."),
  })
  .refine(({ jwks_url, introspection }) => jwks_url === undefined || introspection === undefined, {
    path: ["jwks_url"],
    message: "has no use where tokens are asked about: leave it out, or introspection",
  });

/** `[gateway.oauth]` after validation. */
export type ParsedGatewayOauth = z.output<typeof gatewayOauthSchema>;
