import { randomBytes } from "node:crypto";
import type { OAuthCredential } from "../credential.js";
import { loginByCode } from "./login-by-code.js";
import { loginByDevice } from "./login-by-device.js";
import type { LoginOptions } from "./login-options.js";
import { prepareLogin } from "./prepare-login.js";

/**
 * Logs a person in to a server: finds its authorization server, makes a client known there, sends the person's browser (or, with
 * `device`, the person) to it, and exchanges the answer for tokens. The caller keeps the credential. Whatever happens, nothing
 * stays behind: the listener is closed, and a client that was registered in vain is taken back where the provider allows that.
 *
 * @throws FairleadError `usage` (`config_invalid`, `oauth_client_missing`, `feature_missing`), `forbidden` (`oauth_denied`,
 * `oauth_registration_refused`, `insecure_transport`), `unauthenticated` `oauth_token_refused`, `protocol`
 * (`oauth_discovery_failed`, `oauth_answer_invalid`), `unavailable` (`address_in_use`, `http_status`), `deadline_exceeded`,
 * `canceled`, and what its requests fail with
 */
export async function login(options: LoginOptions): Promise<OAuthCredential> {
  const session = { options, ...(await prepareLogin(options)) };
  const credential = await (options.device === true ? loginByDevice(session) : loginByCode(session));
  return { ...credential, loginId: randomBytes(16).toString("hex") };
}
