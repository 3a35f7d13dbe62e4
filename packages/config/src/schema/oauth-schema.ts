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
      .describe("Id of a client that the authorization server knows already. Unset: one is registered."),
    client_secret_env: environmentNameSchema
      .optional()
      .describe("Environment variable of this machine with the secret of client_id."),
    issuer: textWith(oauthUrlProblem)
      .optional()
      .describe(
        "The only authorization server that may see client_id and its proof. Unset: whichever the server names.",
      ),
    grant: z
      .enum(["authorization_code", "client_credentials"])
      .optional()
      .describe("client_credentials: this machine gets tokens by itself. Unset: a person logs in."),
    private_key_env: environmentNameSchema
      .optional()
      .describe(
        "Environment variable of this machine with the private key (PEM) that client_credentials is proved with.",
      ),
    private_key_file: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("File of this machine with that key, which only its owner may read."),
    algorithm: z
      .enum(assertionAlgorithms)
      .optional()
      .describe("What the private key signs with. Unset: what the key is for."),
    key_id: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("The kid of the private key, where the authorization server tells keys apart by it."),
    authorization_url: textWith(oauthUrlProblem)
      .optional()
      .describe(
        "What the browser opens, where it reaches the login page by another address than the server says.",
      ),
    callback_port: portSchema
      .optional()
      .describe("Port that waits for the browser to come back. Unset: oauth_callback_port."),
    callback_url: callbackUrlSchema
      .optional()
      .describe("Address that the browser is sent back to. Unset: oauth_callback_url."),
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
    .describe("How fairlead login makes itself known to the server's authorization server."),
  scopes: z
    .array(textWith(scopeProblem))
    .optional()
    .describe("What a login asks for; an empty list asks for nothing. Unset: what the server says it has."),
  oauth_resource: z
    .union([textWith(oauthUrlProblem), z.literal(false)])
    .optional()
    .describe("The resource that tokens are asked for, or false for none. Unset: what the server says."),
};

/** The keys about logging in that hold for all servers. */
export const commonLoginKeys = {
  oauth_credentials_store: z
    .enum(credentialStores)
    .default("auto")
    .describe("Where logins are kept; auto: encrypted where this machine has a keyring, else a file."),
  oauth_callback_port: portSchema
    .optional()
    .describe("Port that waits for the browser to come back from a login. Unset: one that is free."),
  oauth_callback_url: callbackUrlSchema
    .optional()
    .describe("Address that browsers are sent back to. Unset: this machine's own at that port."),
  oauth_client_metadata_url: textWith(clientMetadataUrlProblem)
    .optional()
    .describe("Address of a client metadata document, used as client id where the server takes such."),
};

/** `oauth` of a server after validation. */
export type ParsedServerOauth = z.output<typeof serverOauthSchema>;
