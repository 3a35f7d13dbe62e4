import { describe, expect, test } from "vitest";
import { expiredCredential } from "./test-support/token-endpoint.js";
import { fresh, tokenScene } from "./test-support/token-scene.js";

describe("the login of a machine whose authorization server took another name", () => {
  const moved = expiredCredential({
    ...fresh,
    issuer: "https://issuer.test/",
    accessToken: "moved",
    refreshToken: undefined,
  });

  test("is kept under that name alone, and made once by all who ask", async () => {
    let obtained = 0;
    const obtain = () => Promise.resolve({ ...moved, accessToken: `moved-${++obtained}` });
    const one = tokenScene(expiredCredential({ refreshToken: undefined }), { obtain });
    const other = tokenScene(undefined, { obtain, store: one.store });
    const tokens = await Promise.all([one.source.token(), other.source.token(), one.source.token()]);
    expect(tokens.map((token) => token?.accessToken)).toEqual(["moved-1", "moved-1", "moved-1"]);
    expect(one.store.issuers).toEqual(["https://issuer.test/"]);
    one.source.forget();
    expect((await one.source.token())?.accessToken).toBe("moved-1");
  });

  test("is renewed although the store could not take the former one", async () => {
    let obtained = 0;
    const { source, store, ...scene } = tokenScene(expiredCredential({ refreshToken: undefined }), {
      obtain: () => Promise.resolve({ ...moved, accessToken: `moved-${++obtained}` }),
    });
    store.writeError = new Error("no space");
    expect((await source.token())?.accessToken).toBe("moved-1");
    expect(store.issuers).toEqual(["https://issuer.test"]);
    expect((await source.refused("moved-1"))?.accessToken).toBe("moved-2");
    store.writeError = undefined;
    await source[Symbol.asyncDispose]();
    expect(store.issuers).toEqual(["https://issuer.test/"]);
    expect([store.held?.accessToken, scene.warnings.length]).toEqual(["moved-2", 1]);
  });

  test("stays away when somebody logs out meanwhile", async () => {
    const { source, store } = tokenScene(expiredCredential({ refreshToken: undefined }), {
      obtain: () => {
        store.held = undefined;
        return Promise.resolve(moved);
      },
    });
    expect(await source.token()).toBeUndefined();
    expect(store.issuers).toEqual([]);
  });
});
