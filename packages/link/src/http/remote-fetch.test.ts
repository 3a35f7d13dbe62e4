import { EventEmitter } from "node:events";
import { createDeferred, defaultExecutorLimits, FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import type { SessionHandle, SessionMember } from "../session/session-handle.js";
import { createRemoteFetch } from "./remote-fetch.js";

/** A session that must not be asked for anything. */
function session(features: readonly string[], httpRequestBodyBytes = 10): SessionHandle {
  const unwanted = (): never => {
    throw new Error("The session was asked");
  };
  return {
    limits: { ...defaultExecutorLimits, httpRequestBodyBytes },
    features,
    what: "Executor far",
    isClosed: false,
    call: unwanted,
    connection: unwanted,
    join: unwanted,
  };
}

test("an executor that is too old is told apart from one that failed", async () => {
  await expect(createRemoteFetch(session(["pty"]))("http://a.test/")).rejects.toMatchObject({
    code: "protocol",
    reason: "feature_missing",
    effect: "none",
    message: expect.stringContaining("Update"),
  });
});

test("a deadline that passed before there was a connection is told as that, and nothing is sent", async () => {
  const deadlineMs = 20;
  const connection = async (): Promise<never> => {
    const until = performance.now() + deadlineMs;
    while (performance.now() < until);
    return { isOver: false, hasBulk: false, needsNoBulk: true } as never;
  };
  const fetch = createRemoteFetch({ ...session(["http"]), connection });
  await expect(fetch("http://a.test/", { policy: { deadlineMs } })).rejects.toMatchObject({
    code: "deadline_exceeded",
    effect: "none",
    details: { limit: "deadlineMs", deadlineMs },
  });
});

test("a session that ends without effect does not say so of a request that was sent", async () => {
  const joined = createDeferred<SessionMember>();
  const sent: unknown[] = [];
  const call = Object.assign(new EventEmitter(), {
    write: (frame: unknown) => sent.push(frame),
    end: () => queueMicrotask(() => call.emit("status")),
    cancel: () => {},
  });
  const connection = { isOver: false, hasBulk: false, needsNoBulk: true, request: () => call };
  const fetch = createRemoteFetch({
    ...session(["http"]),
    connection: async () => connection as never,
    join: (member) => {
      joined.resolve(member);
      return () => {};
    },
  });
  const response = fetch("http://a.test/", { method: "POST" });
  const member = await joined.promise;
  const over = new FairleadError("unavailable", "closed", { reason: "session_lost", effect: "none" });
  member.ended(over);
  await expect(response).rejects.toMatchObject({ reason: "session_lost", effect: "unknown", cause: over });
  expect(sent).toMatchObject([{ head: { method: "POST" } }, { cancel: true }]);
});

test("what cannot be sent is refused before anybody is asked", async () => {
  const fetch = createRemoteFetch(session(["http"]));
  await expect(fetch("http://a.test/", { method: "POST", body: "12345678901" })).rejects.toMatchObject({
    code: "resource_exhausted",
    reason: "limit_reached",
    effect: "none",
    details: { limit: 10, bodyBytes: 11 },
  });
  const head = { method: "head", body: "x" };
  await expect(fetch("http://a.test/", head)).rejects.toMatchObject({
    reason: "argument_invalid",
  });
  await expect(fetch("http://a.test/", { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "canceled",
  });
  const locked = new Blob(["x"]).stream();
  locked.getReader();
  const post = { method: "POST", body: locked, duplex: "half" } as const;
  await expect(fetch("http://a.test/", post)).rejects.toMatchObject({ reason: "argument_invalid" });
});

test("a body that is not sent is not kept open", async () => {
  const why: unknown[] = [];
  const body = new ReadableStream({ cancel: (reason) => void why.push(reason) });
  const refused = createRemoteFetch(session(["http"]))("http://a.test/", { method: "POST", body });
  const error: unknown = await refused.catch((cause: unknown) => cause);
  expect(why).toEqual([error]);
});
