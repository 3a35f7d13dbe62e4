import { expect, test } from "vitest";
import { chooseProxy } from "./proxy-choice.js";

const environment = { HTTP_PROXY: "http://plain.proxy:3128", HTTPS_PROXY: "http://secure.proxy:3129" };
const labelFor = (url: string, more: Record<string, string> = {}): string | undefined =>
  chooseProxy(new URL(url), { ...environment, ...more })?.label;

test("the scheme of the URL decides which proxy it is", () => {
  expect(labelFor("http://example.com/")).toBe("plain.proxy:3128");
  expect(labelFor("https://example.com/")).toBe("secure.proxy:3129");
  expect(chooseProxy(new URL("https://example.com/"), { HTTP_PROXY: "http://plain.proxy" })).toBeUndefined();
});

test("the lower-case name wins, also when it switches the proxy off", () => {
  expect(labelFor("http://example.com/", { http_proxy: "http://lower.proxy:1" })).toBe("lower.proxy:1");
  expect(labelFor("http://example.com/", { http_proxy: "" })).toBeUndefined();
});

test.each([
  "http://localhost/",
  "http://localhost.:8080/",
  "http://a.localhost/",
  "http://127.0.0.1/",
  "http://127.9.9.9/",
  "http://2130706433/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
])("%s never goes through a proxy", (url) => {
  expect(labelFor(url)).toBeUndefined();
});

test.each([
  ["*", "http://example.com/", false],
  ["example.com", "http://example.com/", false],
  ["example.com", "http://api.example.com/", false],
  [".example.com", "http://api.example.com/", false],
  ["*.example.com", "http://api.example.com/", false],
  ["EXAMPLE.com", "http://Example.COM/", false],
  ["example.com", "http://badexample.com/", true],
  ["other.com, example.com", "http://example.com/", false],
  ["other.com example.com", "http://example.com/", false],
  ["example.com:8080", "http://example.com:8080/", false],
  ["example.com:8080", "http://example.com/", true],
  ["example.com:80", "http://example.com/", false],
  ["10.0.0.0/8", "http://10.1.2.3/", false],
  ["10.0.0.0/8", "http://11.1.2.3/", true],
  ["10.1.2.3", "http://10.1.2.3/", false],
  ["10.1.2.3:81", "http://10.1.2.3/", true],
  ["fc00::/7", "http://[fd00::1]/", false],
  ["[fd00::1]:80", "http://[fd00::1]/", false],
  ["[fd00::1]:81", "http://[fd00::1]/", true],
  [".", "http://example.com/", true],
  ["", "http://example.com/", true],
])("with NO_PROXY %j, whether %s goes through the proxy: %s", (list, url, proxied) => {
  expect(labelFor(url, { NO_PROXY: list })).toBe(proxied ? "plain.proxy:3128" : undefined);
});

test("credentials of the proxy's URL become its authorization", () => {
  const proxy = chooseProxy(new URL("http://example.com/"), { HTTP_PROXY: "https://me:p%40ss@gate.proxy" });
  expect(proxy).toEqual({
    host: "gate.proxy",
    port: 443,
    secure: true,
    label: "gate.proxy:443",
    authorization: `Basic ${Buffer.from("me:p@ss").toString("base64")}`,
  });
});

test("a proxy may be written without a scheme, and as an address", () => {
  expect(labelFor("http://example.com/", { http_proxy: "gate.proxy:3128" })).toBe("gate.proxy:3128");
  expect(chooseProxy(new URL("http://example.com/"), { http_proxy: "http://[fd00::1]:1" })).toMatchObject({
    host: "fd00::1",
    label: "[fd00::1]:1",
  });
});

test.each([
  "socks5://me:hunter2@gate.proxy",
  "http://me:hunter2@gate proxy",
  "http://me:%hunter2@gate.proxy",
])("a proxy that cannot be used (%s) is told by the name of its variable", (value) => {
  const choose = (): unknown => chooseProxy(new URL("http://example.com/"), { HTTP_PROXY: value });
  expect(choose).toThrow(expect.objectContaining({ code: "unavailable", reason: "proxy_failed" }));
  expect(choose).toThrow(/HTTP_PROXY/);
  expect(choose).not.toThrow(/hunter2/);
});
