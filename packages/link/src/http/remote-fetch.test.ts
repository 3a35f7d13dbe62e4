import { defaultExecutorLimits } from "@fairlead/core";
import { expect, test } from "vitest";
import type { SessionHandle } from "../session/session-handle.js";
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
