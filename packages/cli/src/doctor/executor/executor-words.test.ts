import type { ExecutorConfig, TokenSource } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import type { CheckId } from "../check-table.js";
import { executorRemedy, type RemedyOptions } from "./executor-words.js";

const devbox: ExecutorConfig = {
  name: "devbox",
  url: "grpcs://dev.example.com:7040",
  address: { scheme: "grpcs", host: "dev.example.com", port: 7040 },
};
const tunnel: ExecutorConfig = {
  name: "far",
  url: "grpc://127.0.0.1:7040",
  address: { scheme: "grpc", host: "127.0.0.1", port: 7040 },
};
const here: RemedyOptions = { env: {}, shell: "posix", platform: "linux" };

interface Case {
  readonly id: CheckId;
  readonly reason?: FairleadError["reason"];
  readonly executor?: ExecutorConfig;
  readonly options?: Partial<RemedyOptions>;
}

/** The lines that do something when they are pasted. */
function pasted({ id, reason, executor = devbox, options }: Case): readonly string[] {
  const error = new FairleadError("unavailable", "broken", { ...(reason && { reason }), effect: "none" });
  return executorRemedy({ id, error }, executor, { ...here, ...options })
    .split("\n")
    .filter((line) => !line.startsWith("# "));
}

function withToken(token: TokenSource, executor = devbox): ExecutorConfig {
  return { ...executor, token };
}

test.each(["executor-port", "executor-version"] as const)(
  "an executor with TLS is started with its certificate and key (%s)",
  (id) => {
    expect(pasted({ id })).toEqual([
      "fairlead-executor serve --listen 0.0.0.0:7040 --tls-cert cert.pem --tls-key key.pem",
    ]);
  },
);

test.each([
  ["127.0.0.1", "127.0.0.1:7040"],
  ["localhost", "127.0.0.1:7040"],
  ["::1", "'[::1]:7040'"],
])("what is reached at %s is started there, and nowhere else", (host, listen) => {
  const executor: ExecutorConfig = { ...tunnel, address: { scheme: "grpc", host, port: 7040 } };
  expect(pasted({ id: "executor-port", executor })).toEqual([`fairlead-executor serve --listen ${listen}`]);
});

describe("a token is copied", () => {
  test("from the host of the url, whatever the executor is called, to a file of ours alone", () => {
    const executor = withToken({ kind: "file", path: "/home/me/it's mine/dev.token" });
    expect(pasted({ id: "executor-token", executor })).toEqual([
      `scp dev.example.com:.fairlead/executor.token '/home/me/it'\\''s mine/dev.token'`,
      `chmod 600 '/home/me/it'\\''s mine/dev.token'`,
    ]);
  });

  test("into its variable", () => {
    const executor = withToken({ kind: "env", name: "DEV_TOKEN" });
    expect(pasted({ id: "executor-token", executor })).toEqual([
      'export DEV_TOKEN="$(ssh dev.example.com cat .fairlead/executor.token)"',
    ]);
    expect(pasted({ id: "executor-token", executor, options: { shell: "powershell" } })).toEqual([
      "$env:DEV_TOKEN = ssh dev.example.com cat .fairlead/executor.token",
    ]);
  });

  test("to a file that is named after the executor where none is configured", () => {
    expect(pasted({ id: "executor-token" })).toEqual([
      'scp dev.example.com:.fairlead/executor.token "$HOME/devbox.token"',
      'chmod 600 "$HOME/devbox.token"',
    ]);
  });

  test("by hand where the address is the end of a tunnel: nothing there can be pasted", () => {
    const executor = withToken({ kind: "file", path: "/t" }, tunnel);
    expect(pasted({ id: "executor-token", executor })).toEqual([]);
    const error = new FairleadError("unauthenticated", "no", { effect: "none" });
    expect(executorRemedy({ id: "executor-token", error }, executor, here)).toContain(
      "# scp HOST:.fairlead/executor.token /t\n# chmod 600 /t",
    );
  });

  test("never into what a shell would run", () => {
    const executor = withToken({ kind: "env", name: "A;touch x" });
    expect(pasted({ id: "executor-token", executor })).toEqual([]);
  });
});

describe("hosts without a proxy", () => {
  const without = (env: NodeJS.ProcessEnv, shell: "posix" | "powershell" = "posix"): readonly string[] =>
    pasted({ id: "executor-version", reason: "proxy_failed", options: { env, shell } });

  test("are added to, and none is lost", () => {
    expect(without({})).toEqual(['export no_proxy="${no_proxy:+$no_proxy,}"dev.example.com']);
    expect(without({ NO_PROXY: "a" })).toEqual(['export no_proxy="${NO_PROXY:+$NO_PROXY,}"dev.example.com']);
    expect(without({ NO_PROXY: "a", no_proxy: "b" })).toEqual([
      'export no_proxy="${no_proxy:+$no_proxy,}"dev.example.com',
    ]);
  });

  test("are those of the variable that the transport reads first", () => {
    expect(without({ no_grpc_proxy: "a", no_proxy: "b" })).toEqual([
      'export no_grpc_proxy="${no_grpc_proxy:+$no_grpc_proxy,}"dev.example.com',
    ]);
  });

  test("are added to in PowerShell too", () => {
    expect(without({}, "powershell")).toEqual([
      `$env:no_proxy = ("$env:no_proxy," + 'dev.example.com').TrimStart(',')`,
    ]);
  });
});

test.each([
  ["linux", "getent hosts dev.example.com"],
  ["darwin", "dscacheutil -q host -a name dev.example.com"],
  ["win32", "nslookup dev.example.com"],
] as const)("a name is looked up as %s does it", (platform, line) => {
  expect(pasted({ id: "executor-name", options: { platform } })).toEqual([line]);
});
