import { FairleadError } from "@fairlead/core";
import { scopeOption } from "@fairlead/oauth";

/** What to type to log in. */
export function loginCommandLine(server: string, scopes: readonly string[] = []): string {
  return `fairlead login ${server}${scopeOption(scopes)}`;
}

/** Says that a server works without the login that it offers. */
export function loginOfferText(server: string): string {
  return `Server '${server}' offers a login, and nobody is logged in, so it may do less. Run: ${loginCommandLine(server)}`;
}

/** Makes the error for a request that was refused because nobody has logged in. */
export function loginRequiredError(server: string): FairleadError {
  const login = loginCommandLine(server);
  const text = `Server '${server}' answered with HTTP 401: it wants a login. Run: ${login}. If it takes a token instead, name the variable that holds it in bearer_token_env_var`;
  return new FairleadError("unauthenticated", text, {
    reason: "login_required",
    effect: "none",
    details: { server, status: 401, failure: "login_required", login },
  });
}

/** Makes the error for a request that was refused although somebody has logged in. */
export function reauthenticationError(server: string): FairleadError {
  const login = loginCommandLine(server);
  const text = `Server '${server}' answered with HTTP 401: the login is not valid any more. Run: ${login}`;
  return new FairleadError("unauthenticated", text, {
    reason: "reauthentication_required",
    effect: "none",
    details: { server, status: 401, failure: "reauthentication_required", login },
  });
}

/** Makes the error for a request that was refused, while its login could be renewed, and that cannot be sent a second time. */
export function renewedTooLateError(server: string): FairleadError {
  const text = `Server '${server}' answered with HTTP 401. The login was renewed, but this request cannot be sent twice; try again`;
  return new FairleadError("unavailable", text, {
    effect: "none",
    details: { server, status: 401, failure: "unreachable" },
  });
}

/** Makes the error for a request that needs more than the login was given. @param scopes all that are to be asked for */
export function scopesMissingError(server: string, scopes: readonly string[]): FairleadError {
  const login = loginCommandLine(server, scopes);
  const text = `Server '${server}' answered with HTTP 403: the login does not allow this. Run: ${login}`;
  return new FairleadError("forbidden", text, {
    reason: "insufficient_scope",
    effect: "none",
    details: { server, status: 403, scopes: scopes.join(","), login },
  });
}
