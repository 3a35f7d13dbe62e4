import { FairleadError } from "@fairlead/core";
import { modifyAssertion, PrivateKeyJwt } from "oauth4webapi";
import type { ClientIdentity, SigningKey } from "./client-identity.js";

/**
 * Puts into a form who the client is and how it proves it.
 * @param issuer the audience of a signed assertion
 * @returns the headers that belong to it
 * @throws FairleadError `usage` `config_invalid` where a proof was agreed on and there is none: it would only be refused
 */
export async function proveClient(
  form: URLSearchParams,
  client: ClientIdentity,
  issuer: string,
): Promise<Record<string, string>> {
  const { clientId, authentication, clientSecret = "", signingKey } = client;
  if (!hasProof(client)) throw proofMissing(client);
  if (authentication === "client_secret_basic") {
    return { authorization: basicAuthorization(clientId, clientSecret) };
  }
  form.set("client_id", clientId);
  if (authentication === "client_secret_post") form.set("client_secret", clientSecret);
  if (authentication === "private_key_jwt" && signingKey !== undefined) {
    await sign(form, { signingKey, clientId, issuer });
  }
  return {};
}

/** Tells whether a client has what it was agreed to prove itself with; an empty secret is none. */
export function hasProof({ authentication, clientSecret = "", signingKey }: ClientIdentity): boolean {
  if (authentication === "none") return true;
  return authentication === "private_key_jwt" ? signingKey !== undefined : clientSecret !== "";
}

/**
 * The header of a client with a secret; RFC 6749 2.3.1 wants both parts form-encoded before. It encodes only what a form has
 * to encode. oauth4webapi escapes `-`, `_` and `.` too, which is allowed, but many providers do not decode at all, and then
 * refuse every client id with a hyphen.
 */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

async function sign(
  form: URLSearchParams,
  who: { readonly signingKey: SigningKey; readonly clientId: string; readonly issuer: string },
): Promise<void> {
  const { key, keyId, algorithm } = who.signingKey;
  const prove = PrivateKeyJwt(keyId === undefined ? { key } : { key, kid: keyId }, {
    [modifyAssertion]: (header) => {
      if (algorithm !== undefined) header["alg"] = algorithm;
    },
  });
  await prove({ issuer: who.issuer }, { client_id: who.clientId }, form, new Headers());
}

function proofMissing({ clientId, authentication }: ClientIdentity): FairleadError {
  const proof = authentication === "private_key_jwt" ? "a private key" : "a secret";
  return new FairleadError(
    "usage",
    `The client ${JSON.stringify(clientId)} proves itself with ${proof}, and there is none here. Configure it, or log in again`,
    { reason: "config_invalid", effect: "none" },
  );
}
