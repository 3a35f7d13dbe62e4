import { describe, expect, test } from "vitest";
import { planHttp } from "./http-plan.js";

const nothing = { allowedOrigins: [], allowedHosts: [] };

describe("where serve listens", () => {
  test("is nowhere, unless it is asked to", async () => {
    expect(await planHttp({}, { ...nothing, http: { host: "127.0.0.1", port: 7150 } })).toBeUndefined();
  });

  test("is what the flag says, else what the configuration says, else a free port here", async () => {
    const configured = { ...nothing, http: { host: "::1", port: 7150 } };
    expect(await planHttp({ http: "8080" }, configured)).toMatchObject({ host: "127.0.0.1", port: 8080 });
    expect(await planHttp({ http: true }, configured)).toMatchObject({ host: "::1", port: 7150 });
    expect(await planHttp({ http: true }, nothing)).toMatchObject({
      host: "127.0.0.1",
      port: 0,
      auth: "file",
    });
  });

  test("must be an address", async () => {
    await expect(planHttp({ http: "everywhere" }, nothing)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining('got "everywhere"'),
    });
  });
});

test("a name that does not resolve is told as that, and not as an address of everybody", async () => {
  await expect(planHttp({ http: "not-a-host.invalid:7155" }, nothing)).rejects.toMatchObject({
    code: "usage",
    reason: "argument_invalid",
    message: expect.stringContaining("Cannot listen on not-a-host.invalid: the name does not resolve"),
  });
});

describe("who may come", () => {
  test("is said by configuration and flags together", async () => {
    const gateway = { allowedOrigins: ["https://a"], allowedHosts: ["a"], sessionIdleMs: 5, maxSessions: 2 };
    expect(
      await planHttp({ http: "0", allowedOrigin: ["https://b"], allowedHost: ["b"] }, gateway),
    ).toMatchObject({
      allowedOrigins: ["https://a", "https://b"],
      allowedHosts: ["a", "b"],
      sessionIdleMs: 5,
      maxSessions: 2,
    });
  });

  test("without a token, is this machine alone", async () => {
    expect(await planHttp({ http: "[::1]:0", httpNoAuth: true }, nothing)).toMatchObject({ auth: "none" });
    const flags = { http: "0.0.0.0:0", httpNoAuth: true, dangerouslyAllowPublicPlaintext: true };
    await expect(planHttp(flags, nothing)).rejects.toMatchObject({ reason: "insecure_transport" });
  });

  test("is nobody else where everybody could read along, unless somebody insists", async () => {
    const insecure = planHttp({ http: "0.0.0.0:0" }, nothing);
    await expect(insecure).rejects.toMatchObject({ code: "usage", reason: "insecure_transport" });
    const insisting = { http: "0.0.0.0:0", dangerouslyAllowPublicPlaintext: true };
    expect(await planHttp(insisting, nothing)).toMatchObject({ host: "0.0.0.0" });
  });
});

describe("tokens of an authorization server", () => {
  const oauth = { issuer: "https://login.example", audiences: [], scopes: [] };

  test("are taken beside the own one, but where no token is asked for", async () => {
    expect(await planHttp({ http: "0" }, { ...nothing, oauth })).toMatchObject({ oauth, auth: "file" });
    expect(await planHttp({ http: "0", httpNoAuth: true }, { ...nothing, oauth })).not.toHaveProperty(
      "oauth",
    );
  });

  test("are made for an address, which must be said if others come by it", async () => {
    const flags = { http: "0.0.0.0:0", dangerouslyAllowPublicPlaintext: true };
    await expect(planHttp(flags, { ...nothing, oauth })).rejects.toMatchObject({
      code: "usage",
      reason: "config_invalid",
      message: expect.stringContaining("gateway.oauth.resource is missing"),
    });
    const resource = "https://tools.example/mcp";
    expect(await planHttp(flags, { ...nothing, oauth: { ...oauth, resource } })).toMatchObject({
      oauth: { resource },
    });
  });
});

test.each([
  [{ httpTokenEnv: "T" }, "--http-token-env is for serve --http"],
  [{ allowedHost: ["x"] }, "--allowed-host is for serve --http"],
  [{ http: "0", tlsCert: "/c" }, "--tls-key is missing"],
  [{ http: "0", httpNoAuth: true, httpTokenEnv: "T" }, "exclude each other"],
  [{ http: "0", tlsCert: "/not/there", tlsKey: "/not/there" }, "The TLS file /not/there cannot be read"],
])("%j is refused", async (flags, expected) => {
  await expect(planHttp(flags, nothing)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(expected),
  });
});
