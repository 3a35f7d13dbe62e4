import { FairleadError, type Fetch } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import {
  type HttpExchange,
  legacyScript,
  plainFetch,
  startScriptedHttp,
} from "../test-support/scripted-http.js";

/** A server that answers one method as the test says, and all else as usual. */
function onCall(answer: (exchange: HttpExchange, nth: number) => void, method = "tools/call") {
  let nth = 0;
  return startScriptedHttp(
    legacyScript({
      sessionId: () => "s",
      onMessage: (exchange) => {
        if (exchange.rpc.method !== method) return false;
        nth += 1;
        answer(exchange, nth);
        return true;
      },
    }),
  );
}

describe.concurrent("a call that failed", () => {
  it.each(["tools/list", "prompts/list", "resources/list", "resources/templates/list"])(
    "is sent again twice if it is %s",
    async (method) => {
      await using server = await onCall(({ status, destroy, result }, nth) => {
        if (nth === 1) status(503);
        else if (nth === 2) destroy();
        else result('"third"');
      }, method);
      await using connection = await openScripted(server);
      expect(textOf(await connection.request({ method }))).toBe('"third"');
      const attempts = server.received.filter(isMethod(method));
      expect(new Set(attempts.map(({ rpc }) => rpc.id)).size).toBe(3);
    },
  );

  it.each(["resources/read", "prompts/get", "completion/complete"])(
    "is sent again once if it is %s, and only if there was no answer",
    async (method) => {
      await using server = await onCall(({ status, destroy, result }, nth) => {
        if (nth === 1) destroy();
        else if (nth === 2) result('"second"');
        else if (nth === 3) status(503);
        else destroy();
      }, method);
      await using connection = await openScripted(server);
      expect(textOf(await connection.request({ method }))).toBe('"second"');
      expect((await failureOf(connection.request({ method }))).details["status"]).toBe(503);
      expect(server.count(isMethod(method))).toBe(3);
      expect((await failureOf(connection.request({ method }))).reason).toBe("connection_reset");
      expect(server.count(isMethod(method))).toBe(5);
    },
  );

  it.each([400, 401, 403, 404])("is not sent again after %i", async (status) => {
    const script = legacyScript({
      onMessage: (exchange) => {
        if (exchange.rpc.method !== "tools/list") return false;
        exchange.status(status);
        return true;
      },
    });
    await using server = await startScriptedHttp(script);
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "tools/list" }));
    expect(error.details["status"]).toBe(status);
    expect(server.count(isMethod("tools/list"))).toBe(1);
    expect(server.count(isMethod("initialize"))).toBe(1);
  });

  it("is not sent again if it is tools/call, unless its caller knows that it is harmless", async () => {
    await using server = await onCall(({ status, destroy, events, result }, nth) => {
      if (nth === 1) destroy();
      else if (nth === 2) status(503);
      else if (nth === 3) destroy();
      else if (nth === 4) result('"harmless"');
      else {
        const stream = events();
        stream.send('{"method":"x"}');
        stream.end();
      }
    });
    await using connection = await openScripted(server);
    const sent = (): number => server.count(isMethod("tools/call"));
    await failureOf(connection.request({ method: "tools/call" }));
    expect(sent()).toBe(1);
    await failureOf(connection.request({ method: "tools/call" }));
    expect(sent()).toBe(2);
    const call = { method: "tools/call", isRepeatable: true };
    expect(textOf(await connection.request(call))).toBe('"harmless"');
    expect(sent()).toBe(4);
    // Something was received: it is being done.
    await failureOf(connection.request(call));
    expect(sent()).toBe(5);
  });

  it("is sent again after a short break of the link to its executor, but not if it is tools/call", async () => {
    await using server = await onCall(({ result }) => result("1"), "tools/list");
    let isBroken = false;
    let breaks = 0;
    const breaking: Fetch = (url, init) => {
      if (!isBroken) return plainFetch(url, init);
      isBroken = false;
      breaks += 1;
      const error = new FairleadError("unavailable", "The link broke", { reason: "executor_unreachable" });
      return Promise.reject(error);
    };
    await using connection = await openScripted({ endpoint: { url: server.url, fetch: breaking } });
    isBroken = true;
    expect(textOf(await connection.request({ method: "tools/list" }))).toBe("1");
    isBroken = true;
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ reason: "executor_unreachable", effect: "unknown" });
    expect([breaks, server.count(isMethod("tools/call"))]).toEqual([2, 0]);
  });

  it("is not sent again past its own limit, nor once it was given up", async () => {
    await using server = await onCall(({ status }) => status(503, "", { "retry-after": "5" }), "tools/list");
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "tools/list", timeoutMs: 2_000 }));
    expect(error).toMatchObject({ reason: "http_status", details: { status: 503 } });
    const controller = new AbortController();
    const call = failureOf(connection.request({ method: "tools/list", signal: controller.signal }));
    await server.next(isMethod("tools/list"), 1);
    controller.abort();
    expect((await call).code).toBe("canceled");
    expect(server.count(isMethod("tools/list"))).toBe(2);
  });
});
