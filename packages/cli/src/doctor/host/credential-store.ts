import type { FairleadConfig } from "@fairlead/config";
import type { Credentials } from "../../auth/credentials.js";
import { serversWithLogin } from "../../auth/request-tokens.js";
import { broken, brokenBy, type CheckOutcome, ok, warning } from "../check.js";
import { lines, note } from "../shell-words.js";

const remediation = lines(
  note("unlock the keyring of your desktop session, or keep logins in a file (mode 0600):"),
  note('oauth_credentials_store = "file" in config.toml, then log in again'),
);

/** Looks whether the store of logins can be asked. It is not opened where no server may use a login. */
export async function checkCredentialStore(
  config: Pick<FairleadConfig, "servers" | "connectors" | "logins">,
  credentials: Credentials,
): Promise<CheckOutcome> {
  const setting = config.logins.store;
  if (serversWithLogin(config).length === 0) return ok("no server uses a login", { setting });
  try {
    const store = await credentials.openIfUsed();
    if (store === undefined) return ok("nobody has logged in yet", { setting });
    const answer = await store.list();
    const details = { setting, store: store.kind };
    if (answer.kind === "unavailable" || answer.kind === "corrupt") {
      return broken(`the logins cannot be read (${store.kind})`, {
        code: "unavailable",
        details: { ...details, message: answer.reason, reason: "credentials_unavailable" },
        remediation,
      });
    }
    const count = answer.kind === "found" ? answer.value.length : 0;
    const words = `${count === 1 ? "1 login" : `${count} logins`}, kept ${store.kind}`;
    if (answer.kind !== "found" || answer.problem === undefined) return ok(words, details);
    return warning(`${words}; an old file with more cannot be read`, {
      details: { ...details, message: answer.problem, reason: "credentials_unavailable" },
      remediation: note("mend that file or remove it; what was in it needs a new login"),
    });
  } catch (thrown) {
    return brokenBy(thrown, "the store of logins cannot be opened", { details: { setting }, remediation });
  }
}
