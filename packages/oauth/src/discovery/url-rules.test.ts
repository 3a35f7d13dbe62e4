import { describe, expect, test } from "vitest";
import { checkedEndpoint } from "./url-rules.js";

const foreign = "https://mcp.example/mcp";
const own = "http://127.0.0.1:3000/mcp";

function check(url: string, serverUrl: string): string {
  return checkedEndpoint(url, { what: "token endpoint", serverUrl }).hostname;
}

describe("a server elsewhere sends nobody to ports of this machine", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.10",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1.",
    "0.0.0.0",
    "0",
    "localhost",
    "LocalHost.",
    "localhost..",
    "a.localhost",
    "ｌｏｃａｌｈｏｓｔ",
    "localhost.localdomain",
    "ip6-localhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f01:203]",
    "[::ffff:0.0.0.0]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
  ])("as %s, over https or not", (host) => {
    for (const scheme of ["https", "http"]) {
      const refused = (): string => check(`${scheme}://${host}:8443/token`, foreign);
      expect(refused).toThrow(expect.objectContaining({ code: "forbidden", reason: "insecure_transport" }));
    }
  });
});

test.each([
  "as.example",
  "10.0.0.1",
  "128.0.0.1",
  "localhost.example",
  "127.0.0.1.example",
  "[2001:db8::7f00:1]",
  "[::ffff:10.0.0.1]",
])("%s is no address of this machine", (host) => {
  expect(check(`https://${host}/token`, foreign)).not.toBe("");
  expect(() => check(`http://${host}/token`, own)).toThrow(expect.objectContaining({ code: "forbidden" }));
});

test("a server of this machine may have its authorization server here, with https or without", () => {
  expect(check("https://localhost:9000/token", own)).toBe("localhost");
  expect(check("http://[::1]:9000/token", own)).toBe("[::1]");
  expect(check("https://localhost:9000/token", "https://[::ffff:127.0.0.1]/mcp")).toBe("localhost");
});
