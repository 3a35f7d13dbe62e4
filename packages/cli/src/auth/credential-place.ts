import type { HttpServerConfig } from "@fairlead/config";
import type { CredentialKey } from "@fairlead/oauth";
import { isLocalExecutor } from "../runtime/is-local-executor.js";

/** What the logins of a server go by, whoever issued them: where it is reached from, and its address. */
export function credentialPlace({
  executor,
  url,
}: Pick<HttpServerConfig, "executor" | "url">): Pick<CredentialKey, "executor" | "serverUrl"> {
  return { executor: isLocalExecutor(executor) ? "" : executor, serverUrl: url };
}
