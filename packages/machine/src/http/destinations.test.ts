import { expect, test } from "vitest";
import { createHttpClient, type HttpClientOptions } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { startHttpServer } from "./test-support/local-server.js";

const denied = { code: "forbidden", reason: "policy_denied", effect: "none" } as const;
const client = (options: HttpClientOptions) => createHttpClient({ environment: {}, ...options });

test("a name counts by the address that is connected to, whatever it says the next time", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.setHeader("connection", "close");
    response.end("ok");
  });
  const answers = [["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254", "127.0.0.1"]];
  let lookUps = 0;
  await using http = client({
    lookUp: () => {
      lookUps += 1;
      return Promise.resolve(answers[lookUps - 1] ?? []);
    },
  });
  const url = `http://rebinding.example:${server.port}/`;
  expect(await (await http.fetch(url)).text()).toBe("ok");
  await expectFailure(http.fetch(url), denied);
  // Only the address that is permitted is tried.
  expect(await (await http.fetch(url)).text()).toBe("ok");
  expect(lookUps).toBe(3);
});

test("nothing is looked up for a name that is denied, or an address", async () => {
  await using http = client({
    lookUp: () => Promise.reject(new Error("It was looked up")),
    destinations: { deny: ["*.secret.example"] },
  });
  for (const host of ["a.secret.example", "169.254.169.254", "[::ffff:a9fe:a9fe]", "0xa9.0xfe.43518"]) {
    const error = await expectFailure(http.fetch(`http://${host}/`), denied);
    expect(error.message).toContain("are refused");
  }
});

test("a policy can shut loopback, and open what is shut otherwise", async () => {
  await using server = await startHttpServer((_request, response) => response.end("ok"));
  await using shut = client({ destinations: { deny: ["loopback"] } });
  for (const host of ["127.0.0.1", "localhost", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]) {
    await expectFailure(shut.fetch(`http://${host}:${server.port}/`), denied);
  }
  await using only = client({ destinations: { allow: ["127.0.0.0/8"] } });
  expect(await (await only.fetch(server.url)).text()).toBe("ok");
  await expectFailure(only.fetch("http://10.0.0.1/"), denied);
  expect(server.connections()).toBe(1);
});

test("a policy holds on every hop of a redirect", async () => {
  await using target = await startHttpServer((_request, response) => response.end("secret"));
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(302, { location: `http://secret.example:${target.port}/` }).end();
  });
  await using http = client({
    lookUp: () => Promise.resolve(["127.0.0.1"]),
    destinations: { deny: ["secret.example"] },
  });
  await expectFailure(http.fetch(server.url), { ...denied, effect: "unknown" });
  expect(target.connections()).toBe(0);
});

test("a pattern that is none is refused when the client is made", () => {
  expect(() => client({ destinations: { allow: ["10.0.0.0/99"] } })).toThrow(
    expect.objectContaining({ code: "usage", reason: "argument_invalid" }),
  );
});
