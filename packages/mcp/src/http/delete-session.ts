import { settlesWithinMs } from "@fairlead/core";
import type { HttpCore } from "./http-core.js";
import { type HttpSession, sessionHeaders } from "./http-session.js";
import { dropBody } from "./response-body.js";

/** How long the server may take to end its session, in milliseconds. */
const deleteMs = 2_000;

/** Ends a session at the server, if it has a name. Whatever the server says to it, for us the session is over. Never rejects. */
export async function deleteSession(core: HttpCore, session: HttpSession | undefined): Promise<void> {
  if (session?.id === undefined) return;
  const patience = new AbortController();
  const headers = sessionHeaders(session);
  const sent = core.wire.send({ method: "DELETE", headers, signal: patience.signal });
  await settlesWithinMs(
    sent.then(({ response }) => dropBody(response)),
    deleteMs,
  );
  patience.abort();
}
