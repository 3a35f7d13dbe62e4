import { createDeferred, FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { createControlCenter } from "./host-control.js";

test("starts are told as they go, until nobody listens", () => {
  const center = createControlCenter(undefined, () => {
    throw new Error("Nobody asks for it");
  });
  const told: unknown[] = [];
  const listening = center.face.onStartupStatus((status) => told.push(status));
  const error = new FairleadError("unavailable", "It is not there");
  const failure = { reason: "command_not_found", message: "It is not there", stderrTail: "", error } as const;
  center.note({ type: "starting", server: "a", executor: "local" });
  center.note({ type: "ready", server: "a", elapsedMs: 5 });
  center.note({ type: "warning", server: "a", text: "no start" });
  center.note({ type: "login-offered", server: "a", message: "Log in" });
  center.note({ type: "failed", server: "b", ...failure });
  listening[Symbol.dispose]();
  center.note({ type: "cancelled", server: "b" });
  expect(told).toEqual([
    { name: "a", status: "starting", error: null, failureReason: null },
    { name: "a", status: "ready", error: null, failureReason: null },
    { name: "a", status: "ready", error: null, failureReason: null, warning: "Log in" },
    { name: "b", status: "failed", error: "It is not there", failureReason: "command_not_found" },
  ]);
});

test("logins and logouts are told, until nobody listens", () => {
  const center = createControlCenter(undefined, () => {
    throw new Error("Nobody asks for it");
  });
  const told: unknown[] = [];
  const listening = center.face.onAuthStatus((change) => told.push(change));
  center.note({ type: "auth-changed", server: "a", change: "login" });
  center.note({ type: "starting", server: "a", executor: "local" });
  center.note({ type: "auth-changed", server: "b", change: "logout" });
  listening[Symbol.dispose]();
  center.note({ type: "auth-changed", server: "a", change: "logout" });
  expect(told).toEqual([
    { name: "a", change: "login" },
    { name: "b", change: "logout" },
  ]);
});

const servers = { servers: [{ name: "web" }] } as unknown as ReturnType<
  Parameters<typeof createControlCenter>[1]
>;

test("a login gives its page at once, and its end is told", async () => {
  const ends = [createDeferred<void>(), createDeferred<void>()];
  const asked: unknown[] = [];
  const login = async (server: string, scopes: readonly string[] | undefined) => {
    asked.push([server, scopes]);
    return { url: "https://login.example", done: ends[asked.length - 1]?.promise ?? Promise.resolve() };
  };
  const { face } = createControlCenter({ login, logout: async () => true }, () => servers);
  const told: unknown[] = [];
  face.onLoginEnd((end) => told.push(end));
  await expect(face.login({ server: "web" })).resolves.toEqual({ url: "https://login.example" });
  await face.login({ server: "web", scopes: [] });
  expect(told).toEqual([]);
  ends[0]?.resolve();
  ends[1]?.reject(new FairleadError("forbidden", "Somebody said no"));
  await Promise.allSettled(ends.map(({ promise }) => promise));
  expect(told).toEqual([
    { name: "web", success: true, error: null },
    { name: "web", success: false, error: "Somebody said no" },
  ]);
  expect(asked).toEqual([
    ["web", undefined],
    ["web", []],
  ]);
  await expect(face.logout("web")).resolves.toEqual({ wasLoggedIn: true });
});

test("a login is refused to a server that there is not, and by a host that was made without a way to", async () => {
  const { face } = createControlCenter({}, () => servers);
  await expect(face.login({ server: "else" })).rejects.toMatchObject({ reason: "server_unknown" });
  await expect(face.login({ server: "web" })).rejects.toMatchObject({ reason: "feature_missing" });
  await expect(face.logout("web")).rejects.toMatchObject({ reason: "feature_missing" });
});
