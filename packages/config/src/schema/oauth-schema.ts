import * as z from "zod";
import { textWith } from "./checks.js";
import { environmentNameSchema } from "./environment-name.js";
import {
  clientMetadataUrlProblem,
  oauthTableProblems,
  oauthUrlProblem,
  scopeProblem,
} from "./oauth-rules.js";

/** Where credentials are kept. `keyring` is another word for `encrypted`. */
const credentialStores = ["auto", "keyring", "encrypted", "file", "keyring-direct"] as const;

const portSchema = z.int().min(1).max(65_535);

/** What signs the assertion of a machine (RFC 7518 3.1, RFC 8037). */
const assertionAlgorithms = [
  "ES256",
  "ES384",
  "ES512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "EdDSA",
] as const;

const callbackUrlSchema = textWith(oauthUrlProblem);

const serverOauthSchema = z
  .strictObject({
    client_id: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("Client id already registered at the authorization server. Unset: Fairlead registers one."),
    client_secret_env: environmentNameSchema
      .optional()
      .describe("Environment variable on this machine with the secret of client_id."),
    issuer: textWith(oauthUrlProblem)
      .optional()
      .describe(
        "The only authorization server that may see client_id and its secret or key. Unset: the one the server names.",
      ),
    grant: z
      .enum(["authorization_code", "client_credentials"])
      .optional()
      .describe("client_credentials: this machine gets tokens without a user. Unset: a user logs in."),
    private_key_env: environmentNameSchema
      .optional()
      .describe("Environment variable on this machine with the private key (PEM) for client_credentials."),
    private_key_file: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("File on this machine with the private key; only its owner may be able to read it."),
    algorithm: z
      .enum(assertionAlgorithms)
      .optional()
      .describe("Signature algorithm of the private key. Unset: chosen by the type of key."),
    key_id: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("The kid of the private key, if the authorization server needs it to tell keys apart."),
    authorization_url: textWith(oauthUrlProblem)
      .optional()
      .describe(
        "Login page to open, if your browser reaches it at a different address than the server says.",
      ),
    callback_port: portSchema
      .optional()
      .describe("Port that the browser returns to. Unset: oauth_callback_port."),
    callback_url: callbackUrlSchema
      .optional()
      .describe("Address that the browser returns to. Unset: oauth_callback_url."),
  })
  .check((context) => {
    for (const { key, message } of oauthTableProblems(context.value)) {
      context.issues.push({ code: "custom", input: undefined, path: [key], message });
    }
  });

/** The keys about logging in that every server with an address has. */
export const serverLoginKeys = {
  oauth: serverOauthSchema
    .optional()
    .describe("How Fairlead identifies itself to the server's authorization server."),
  scopes: z
    .array(textWith(scopeProblem))
    .optional()
    .describe(
      "Scopes that a login requests; an empty list requests none. Unset: those that the server advertises.",
    ),
  oauth_resource: z
    .union([textWith(oauthUrlProblem), z.literal(false)])
    .optional()
    .describe(
      "Resource to request tokens for, or false to name none. Unset: the one that the server advertises.",
    ),
};

/** The keys about logging in that hold for all servers. */
export const commonLoginKeys = {
  oauth_credentials_store: z
    .enum(credentialStores)
    .default("auto")
    .describe("Where to keep logins. auto: encrypted if this machine has a keyring, otherwise a file."),
  oauth_callback_port: portSchema
    .optional()
    .describe("Port that the browser returns to after a login. Unset: a free one."),
  oauth_callback_url: callbackUrlSchema
    .optional()
    .describe("Address that the browser returns to after a login. Unset: that port on this machine."),
  oauth_client_metadata_url: textWith(clientMetadataUrlProblem)
    .optional()
    .describe(
      "Address of a client metadata document, used as the client id if the authorization server supports that.",
    ),
};

/** `oauth` of a server after validation. */
export type ParsedServerOauth = z.output<typeof serverOauthSchema>;
