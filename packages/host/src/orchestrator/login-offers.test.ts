import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createLoginOffers } from "./login-offers.js";
import type { ServerDefinition } from "./server-definition.js";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Servers that offer a login in words of their own. */
function scene(offeredLogin: ServerDefinition["offeredLogin"]) {
  const told: string[] = [];
  let servers = [{ name: "web", offeredLogin }] as unknown as readonly ServerDefinition[];
  const offers = createLoginOffers({ servers: () => servers, onOffer: (_, text) => told.push(text) });
  return {
    told,
    offers,
    ready: () => offers.note({ type: "ready", server: "web", elapsedMs: 1 }),
    reconfigure: () => {
      servers = [{ ...servers[0] }] as unknown as readonly ServerDefinition[];
    },
  };
}

test("a server that offers a login is told of once, however often it comes up", async () => {
  const { told, offers, ready, reconfigure } = scene(async () => "log in");
  ready();
  ready();
  await settled();
  expect(told).toEqual(["log in"]);
  expect([...offers.texts]).toEqual([["web", "log in"]]);
  reconfigure();
  ready();
  await settled();
  expect(told).toHaveLength(2);
});

test("nothing is offered any more after a login, and it is again after a logout", async () => {
  const { told, offers, ready } = scene(async () => "log in");
  ready();
  await settled();
  offers.note({ type: "auth-changed", server: "web", change: "login" });
  expect(offers.texts.size).toBe(0);
  ready();
  await settled();
  expect(told).toHaveLength(2);
});

test("an answer that comes too late, or never, tells nothing", async () => {
  const answer = createDeferred<string>();
  const late = scene(() => answer.promise);
  late.ready();
  late.offers.note({ type: "auth-changed", server: "web", change: "login" });
  answer.resolve("log in");
  await settled();
  const failing = scene(() => Promise.reject(new Error("away")));
  failing.ready();
  await settled();
  expect([late.told, failing.told]).toEqual([[], []]);
});

test("closing gives up who is still being asked", async () => {
  const seen: AbortSignal[] = [];
  const { offers, ready } = scene(async (signal) => {
    seen.push(signal);
    return undefined;
  });
  ready();
  offers.close();
  ready();
  await settled();
  expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
});
