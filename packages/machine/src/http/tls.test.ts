import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpClient } from "./http-client.js";
import { type Certificate, canMakeCertificates, makeCertificate } from "./test-support/certificate.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { type LocalServer, startHttpServer, startHttpsServer } from "./test-support/local-server.js";

describe.skipIf(!canMakeCertificates)("over TLS", () => {
  let authority: Certificate;
  let folder: string;
  beforeAll(async () => {
    authority = await makeCertificate({ names: "IP:127.0.0.1,DNS:localhost" });
    folder = await mkdtemp(join(tmpdir(), "fairlead-tls-"));
    await writeFile(join(folder, "ca.pem"), authority.cert);
    await writeFile(join(folder, "broken.pem"), "this is no certificate");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const start = (pair: Certificate): Promise<LocalServer> =>
    startHttpsServer(pair, (_request, response) => response.end("secret"));

  test("an authority is trusted by any of the ways to name it", async () => {
    await using server = await start(authority);
    const caFile = join(folder, "ca.pem");
    for (const options of [
      { environment: {}, ca: authority.cert },
      { environment: {}, caFile },
      { environment: { SSL_CERT_FILE: caFile } },
      { environment: { NODE_EXTRA_CA_CERTS: caFile, SSL_CERT_FILE: join(folder, "missing.pem") } },
    ]) {
      await using http = createHttpClient(options);
      expect(await (await http.fetch(server.url)).text()).toBe("secret");
      const byName = server.url.replace("127.0.0.1", "localhost");
      expect(await (await http.fetch(byName)).text()).toBe("secret");
    }
  });

  test("a chain up to a trusted authority is trusted", async () => {
    const leaf = await makeCertificate({ names: "IP:127.0.0.1", signer: authority });
    await using server = await start(leaf);
    await using http = createHttpClient({ environment: {}, ca: authority.cert });
    expect(await (await http.fetch(server.url)).text()).toBe("secret");
    await using stranger = createHttpClient({ environment: {} });
    await expectFailure(stranger.fetch(server.url), { reason: "tls_failed", effect: "none" });
  });

  test.each([
    ["self-signed", {}, "DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is self-signed"],
    [
      "for another name",
      { names: "DNS:elsewhere.example" },
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "for another host name",
    ],
    ["expired", { validity: ["20200101000000Z", "20210101000000Z"] }, "CERT_HAS_EXPIRED", "has expired"],
    ["early", { validity: ["20900101000000Z", "20910101000000Z"] }, "CERT_NOT_YET_VALID", "is not valid yet"],
  ] as const)("a certificate that is %s is refused in words", async (what, subject, systemCode, words) => {
    const pair = await makeCertificate({ names: "IP:127.0.0.1", ...subject });
    await using server = await start(pair);
    await using http = createHttpClient({
      environment: {},
      ...(what === "self-signed" ? {} : { ca: pair.cert }),
    });
    const target = `127.0.0.1:${server.port}`;
    const expected = { code: "unavailable", reason: "tls_failed", effect: "none" } as const;
    const error = await expectFailure(http.fetch(server.url), {
      ...expected,
      details: { systemCode, target },
    });
    expect(error.message).toContain(words);
    await server.allClosed();
  });

  test("a server that does not speak TLS is told as such", async () => {
    await using server = await startHttpServer((_request, response) => response.end("plain"));
    await using http = createHttpClient({ environment: {} });
    const failing = http.fetch(server.url.replace("http:", "https:"));
    const error = await expectFailure(failing, { code: "unavailable", reason: "tls_failed", effect: "none" });
    expect(error.message).toContain("does not speak TLS");
    await server.allClosed();
  });

  test("authorities that were asked for must be there and be some", async () => {
    await using server = await start(authority);
    for (const options of [{ caFile: join(folder, "missing.pem") }, { caFile: join(folder, "broken.pem") }]) {
      await using http = createHttpClient({ environment: {}, ...options });
      const error = await expectFailure(http.fetch(server.url), { reason: "tls_failed", effect: "none" });
      expect(error.message).toContain(options.caFile);
    }
  });

  test("cancelling a body closes its socket", async () => {
    await using server = await startHttpsServer(authority, (_request, response) => {
      response.write("first");
    });
    await using http = createHttpClient({ environment: {}, ca: authority.cert });
    const reader = (await http.fetch(server.url)).body?.getReader();
    await reader?.read();
    expect(server.sockets.size).toBe(1);
    await reader?.cancel();
    await server.allClosed();
    expect(server.sockets.size).toBe(0);
  });

  test("credentials do not follow a redirect from https to http", async () => {
    await using plain = await startHttpServer((request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    await using server = await startHttpsServer(authority, (_request, response) => {
      response.writeHead(302, { location: plain.url }).end();
    });
    await using http = createHttpClient({ environment: {}, ca: authority.cert });
    const response = await http.fetch(server.url, { headers: { authorization: "secret" } });
    expect(await response.json()).not.toHaveProperty("authorization");
  });
});
