import { FairleadError, type Fetch, isFairleadError } from "@fairlead/core";
import type { BearerToken, StepUp } from "@fairlead/oauth";
import { describe, expect, test } from "vitest";
import type { RequestTokens } from "./request-tokens.js";
import { createSigningFetch } from "./signing-fetch.js";

const url = "https://mcp.example/mcp";
const bearer = (accessToken: string): BearerToken => ({ accessToken, tokenType: "Bearer" });

interface Login {
  /** What it gives now; undefined: nobody is logged in. */
  token?: string;
  /** What a renewal gives. */
  renewed?: string | FairleadError;
  stepUp?: StepUp;
  /** Whether it is gone when the server refuses. */
  isGone?: boolean;
  /** What is in the way of reading it. */
  broken?: FairleadError;
  /** Whether it came up only after the request was sent. */
  isLate?: boolean;
}

/** A server that takes some signatures only, and a login. */
function scene(login: Login | undefined, answer: (signature: string | null) => Response) {
  const sent: (string | null)[] = [];
  const refusals: string[] = [];
  let questions = 0;
  const tokens: RequestTokens = {
    doesWithout: (error) => isFairleadError(error) && error.reason === "credentials_unavailable",
    source: async () =>
      login === undefined
        ? undefined
        : {
            token: async () => {
              if (login.broken !== undefined) throw login.broken;
              questions += 1;
              const isThere = login.isLate !== true || questions > 1;
              return login.token === undefined || !isThere ? undefined : bearer(login.token);
            },
            refused: async (token) => {
              refusals.push(token);
              if (login.renewed instanceof FairleadError) throw login.renewed;
              return login.renewed === undefined ? undefined : bearer(login.renewed);
            },
            stepUp: async () => login.stepUp ?? { kind: "login", scopes: ["a", "b"] },
            missing: async () => {
              if (login.broken !== undefined) throw login.broken;
              const isNone = login.token === undefined || login.isGone === true;
              return isNone ? "login_required" : "reauthentication_required";
            },
          },
  };
  const fetch: Fetch = async (_, init) => {
    const signature = new Headers(init?.headers).get("authorization");
    sent.push(signature);
    return answer(signature);
  };
  const signing = createSigningFetch({ server: "web", fetch, tokens });
  const send = async (own?: string): Promise<Response> => {
    const signature = own ?? (await signing.sign());
    const headers = signature === undefined ? {} : { authorization: signature };
    return signing.fetch(url, { method: "POST", body: "{}", headers });
  };
  return { sent, refusals, send, signing };
}

const taking =
  (accepted: string) =>
  (signature: string | null): Response =>
    new Response("", { status: signature === `Bearer ${accepted}` ? 200 : 401 });
const always = (status: number, challenge?: string) => (): Response =>
  new Response("no", { status, headers: challenge === undefined ? {} : { "www-authenticate": challenge } });

describe("a request", () => {
  test("is signed with what the login gives", async () => {
    const { send, sent } = scene({ token: "one" }, taking("one"));
    expect((await send()).status).toBe(200);
    expect(sent).toEqual(["Bearer one"]);
  });

  test("that is refused goes out once more with what a renewal gives", async () => {
    const { send, sent, refusals } = scene({ token: "one", renewed: "two" }, taking("two"));
    expect((await send()).status).toBe(200);
    expect(sent).toEqual(["Bearer one", "Bearer two"]);
    expect(refusals).toEqual(["one"]);
  });

  test("that is refused again is not repeated for ever", async () => {
    const { send, sent } = scene({ token: "one", renewed: "two" }, always(401));
    await expect(send()).rejects.toMatchObject({
      code: "unauthenticated",
      reason: "reauthentication_required",
      details: { failure: "reauthentication_required", login: "fairlead login web" },
    });
    expect(sent).toEqual(["Bearer one", "Bearer two"]);
  });

  test.each([
    ["nobody ever logged in anywhere", undefined],
    ["nobody logged in to that server", {}],
  ])("that is refused where %s says what to type", async (_, login) => {
    const { send, sent } = scene(login, always(401));
    await expect(send()).rejects.toMatchObject({
      reason: "login_required",
      effect: "none",
      message: expect.stringContaining("Run: fairlead login web."),
      details: { server: "web", failure: "login_required" },
    });
    expect(sent).toEqual([null]);
  });

  test("that is refused after somebody logged out elsewhere wants a login, and not a new one", async () => {
    const { send, sent } = scene({ token: "one", isGone: true }, always(401));
    await expect(send()).rejects.toMatchObject({ reason: "login_required" });
    expect(sent).toEqual(["Bearer one"]);
  });

  test("that is refused while the login cannot be renewed tells why", async () => {
    const passing = new FairleadError("unavailable", "the network is away", { reason: "refresh_failed" });
    const { send } = scene({ token: "one", renewed: passing }, always(401));
    await expect(send()).rejects.toBe(passing);
  });

  test("with a credential of its own is refused for that", async () => {
    const { send, sent } = scene({ token: "one", renewed: "two" }, always(401));
    expect((await send("Bearer own")).status).toBe(401);
    expect(sent).toEqual(["Bearer own"]);
  });

  test("whose body is gone is not repeated", async () => {
    const { signing, sent } = scene({ token: "one", renewed: "two" }, always(401));
    const headers = { authorization: (await signing.sign()) ?? "" };
    const body = new ReadableStream({ start: (controller) => controller.close() });
    await expect(signing.fetch(url, { method: "POST", headers, body })).rejects.toMatchObject({
      code: "unavailable",
      effect: "none",
      message: expect.stringContaining("The login was renewed"),
    });
    expect(sent).toEqual(["Bearer one"]);
  });

  test("that was sent without a login asks for none again, though there is one by now", async () => {
    const { send, sent } = scene({ token: "one", isLate: true }, always(401));
    await expect(send()).rejects.toMatchObject({ reason: "login_required" });
    expect(sent).toEqual([null]);
  });
});

describe("where the logins cannot be read", () => {
  const broken = new FairleadError("unavailable", "the keyring is locked", {
    reason: "credentials_unavailable",
  });

  test("a server that wants no login goes on", async () => {
    const { send, sent } = scene({ broken }, always(200));
    expect((await send()).status).toBe(200);
    expect(sent).toEqual([null]);
  });

  test("a refusal that has nothing to do with logins is passed on", async () => {
    const { send } = scene({ broken }, always(403, 'Bearer error="insufficient_scope"'));
    expect((await send()).status).toBe(403);
  });

  test("a server that wants one says what is in the way, and not that somebody has to log in", async () => {
    const { send } = scene({ broken }, always(401));
    await expect(send()).rejects.toBe(broken);
  });

  test("every other trouble stops the request before it is sent", async () => {
    const passing = new FairleadError("unavailable", "the network is away", { reason: "refresh_failed" });
    const { send, sent } = scene({ broken: passing }, always(200));
    await expect(send()).rejects.toBe(passing);
    expect(sent).toEqual([]);
  });
});

describe("a login that allows too little", () => {
  const lacking = 'Bearer error="insufficient_scope", scope="b"';

  test("is told with all that has to be asked for", async () => {
    const { send } = scene({ token: "one" }, always(403, lacking));
    await expect(send()).rejects.toMatchObject({
      code: "forbidden",
      reason: "insufficient_scope",
      message: expect.stringContaining("Run: fairlead login web --scopes a,b"),
    });
  });

  test("is met with a newer one, where there is one", async () => {
    const { send, sent } = scene(
      { token: "one", stepUp: { kind: "granted", accessToken: "two" } },
      (signature) => (signature === "Bearer two" ? always(200)() : always(403, lacking)()),
    );
    expect((await send()).status).toBe(200);
    expect(sent).toEqual(["Bearer one", "Bearer two"]);
  });

  test("is not what every 403 means", async () => {
    const { send } = scene({ token: "one" }, always(403));
    expect((await send()).status).toBe(403);
    const without = scene(undefined, always(403, lacking));
    expect((await without.send()).status).toBe(403);
  });
});
