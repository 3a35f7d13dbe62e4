import { loginCommandLine } from "../../auth/login-errors.js";
import { checkAuth } from "../../commands/check-servers.js";
import { broken, type CheckOutcome, ok, warning } from "../check.js";
import { note } from "../shell-words.js";
import type { ServerFacts } from "./server-facts.js";
import { brokenStart } from "./start-checks.js";

/**
 * Looks whether a server accepts the credentials that are configured, or the login that is kept. The store of logins is not
 * opened where credentials are configured.
 */
export async function checkServerAuth(facts: ServerFacts): Promise<CheckOutcome> {
  const { server, context } = facts;
  const start = await facts.start();
  const failed = "connection" in start ? undefined : start.error;
  if (failed !== undefined && "link" in start && start.link === "server-auth") {
    return brokenStart("server-auth", failed, facts);
  }
  const auth = await checkAuth(
    server,
    failed === undefined ? { status: "ready", tools: 0 } : { status: "failed", error: failed },
    context,
  );
  const details = { auth: auth?.status ?? "unknown" };
  const login = loginCommandLine(server.name);
  if (auth?.problem !== undefined) {
    return broken("the logins cannot be read", {
      code: "unavailable",
      details: { ...details, message: auth.problem },
      remediation: note("see the check credentials of this machine"),
    });
  }
  switch (auth?.status) {
    case "bearer_token":
      return ok("the configured credentials are not refused", details);
    case "oauth":
      return ok("the login is valid", details);
    case "reauthentication_required":
      return broken("the login is not valid any more", {
        code: "unauthenticated",
        details,
        remediation: login,
      });
    case "not_logged_in":
      return warning("it works without, but offers more to those who log in", {
        details,
        remediation: login,
      });
    default:
      return ok("it asks for no credentials", details);
  }
}
