import type { HttpSession } from "./http-session.js";

/** Holds the one session of a connection, and replaces it once however many notice that it is over. */
export interface SessionKeeper {
  /** The session to use now; waits for one that is being opened. */
  current(): Promise<HttpSession>;
  /** Gives the session after this one: opens it, or waits for whoever does, or gives the one that is there already. */
  renew(expired: HttpSession): Promise<HttpSession>;
  /** What there is, without waiting. */
  peek(): HttpSession | undefined;
}

/** Makes a keeper. @param open opens a session; a failure leaves the old one in place, so that the next one to notice tries again */
export function createSessionKeeper(
  first: HttpSession,
  open: (expired: HttpSession) => Promise<HttpSession>,
): SessionKeeper {
  let session = first;
  let opening: Promise<HttpSession> | undefined;

  const reopen = async (): Promise<HttpSession> => {
    try {
      session = await open(session);
      return session;
    } finally {
      opening = undefined;
    }
  };
  return {
    // Whoever only wants to send is not failed by a renewal that failed, but finds out with the old session.
    current: () => opening?.catch(() => session) ?? Promise.resolve(session),
    renew: (expired) => {
      if (expired !== session) return opening ?? Promise.resolve(session);
      opening ??= reopen();
      return opening;
    },
    peek: () => session,
  };
}
