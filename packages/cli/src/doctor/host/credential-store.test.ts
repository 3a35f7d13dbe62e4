import type { FairleadConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import type { Credentials } from "../../auth/credentials.js";
import { httpServer } from "../../runtime/server-fixture.js";
import { checkCredentialStore } from "./credential-store.js";

const web = httpServer({ url: "https://a.invalid/mcp" });

function configWith(server: object): Pick<FairleadConfig, "servers" | "connectors" | "logins"> {
  return { servers: new Map([["web", server]]) as never, connectors: new Map(), logins: { store: "auto" } };
}

function credentials(openIfUsed: Credentials["openIfUsed"]): Credentials {
  const never = (): never => {
    throw new Error("must not be touched");
  };
  return { folder: "/none", open: never, reconfigure: never, openIfUsed };
}

test("where credentials are configured the store is not touched", async () => {
  const touched = credentials(() => {
    throw new Error("must not be touched");
  });
  const signed = configWith({ ...web, bearerTokenVar: { name: "TOKEN", source: "host" } });
  expect(await checkCredentialStore(signed, touched)).toMatchObject({ status: "ok" });
  const named = configWith({ ...web, headers: { authorization: "x" } });
  expect(await checkCredentialStore(named, touched)).toMatchObject({ status: "ok" });
  // The same store is asked where a server may have a login.
  expect(await checkCredentialStore(configWith(web), touched)).toMatchObject({ status: "failed" });
});

test("a store that cannot be opened, or read, is broken; one of nobody is not", async () => {
  const locked = credentials(() =>
    Promise.reject(new FairleadError("unavailable", "locked", { reason: "credentials_unavailable" })),
  );
  expect(await checkCredentialStore(configWith(web), locked)).toMatchObject({
    status: "failed",
    code: "unavailable",
    details: { reason: "credentials_unavailable" },
  });
  const corrupt = credentials(() =>
    Promise.resolve({
      kind: "file",
      list: () => Promise.resolve({ kind: "corrupt", reason: "no JSON" }),
    } as never),
  );
  expect(await checkCredentialStore(configWith(web), corrupt)).toMatchObject({
    status: "failed",
    details: { message: "no JSON", store: "file" },
  });
  const unused = credentials(() => Promise.resolve(undefined));
  expect(await checkCredentialStore(configWith(web), unused)).toMatchObject({ status: "ok" });
});

test("an old file that cannot be read is told beside the logins that are well", async () => {
  const partial = credentials(() =>
    Promise.resolve({
      kind: "encrypted",
      list: () => Promise.resolve({ kind: "found", value: [{}], problem: "no JSON" }),
    } as never),
  );
  expect(await checkCredentialStore(configWith(web), partial)).toMatchObject({
    status: "warning",
    summary: "1 login, kept encrypted; an old file with more cannot be read",
    details: { message: "no JSON" },
  });
});
