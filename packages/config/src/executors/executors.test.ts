import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import type { FairleadConfig } from "../config.js";
import { readExecutorToken } from "./executor-token.js";
import { resolveExecutor } from "./resolve-executor.js";

describe("finding an executor", () => {
  const devbox = {
    name: "devbox",
    url: "unix:///x",
    address: { scheme: "unix", path: "/x" },
  } as const;
  const config: FairleadConfig = {
    defaultExecutor: "devbox",
    maxMessageBytes: 1,
    maxName: 48,
    logins: { store: "auto" },
    gateway: { allowedOrigins: [], allowedHosts: [] },
    features: { devbox: false, catalogue: true, fairlead: false, resource_tools: false },
    executors: new Map([["devbox", devbox]]),
    servers: new Map(),
    connectors: new Map(),
    builtIns: new Map(),
  };

  test("gives the configured one, the built-in ones, and by default the default one", () => {
    expect(resolveExecutor(config, "devbox")).toEqual({ kind: "configured", ...devbox });
    expect(resolveExecutor(config)).toEqual({ kind: "configured", ...devbox });
    expect(resolveExecutor(config, "local")).toEqual({ kind: "local", name: "local" });
    expect(resolveExecutor(config, "embedded")).toEqual({ kind: "embedded", name: "embedded" });
  });

  test("names those that are known where there is none", () => {
    expect(() => resolveExecutor(config, "devbx")).toThrow(
      expect.objectContaining({
        code: "not_found",
        reason: "executor_unknown",
        message: 'There is no executor "devbx"; known are local, devbox. Did you mean "devbox"?',
      }),
    );
    expect(() => resolveExecutor(config, "toString")).toThrow('There is no executor "toString"');
  });
});

describe("reading a token", () => {
  const inEnv = { name: "devbox", token: { kind: "env", name: "DEVBOX_TOKEN" } } as const;
  const inFile = { name: "devbox", token: { kind: "file", path: "/t" } } as const;
  const read = (value: string | undefined) =>
    readExecutorToken(inEnv, { env: value === undefined ? {} : { DEVBOX_TOKEN: value } });
  const readFrom = (value: string | undefined) =>
    readExecutorToken(inFile, { env: {}, readFile: async () => value });

  test("is not needed where none is configured", async () => {
    expect(await readExecutorToken({ name: "x" }, { env: {} })).toBeUndefined();
  });

  test.each(["abc", "Bearer abc", "bearer  abc"])("takes %j as abc", async (value) => {
    expect(await read(value)).toBe("abc");
    expect(await readFrom(`${value}\n`)).toBe("abc");
    expect(await readFrom(`${value}\r\n`)).toBe("abc");
  });

  test.each<[value: string | undefined, what: string]>([
    [undefined, "is not set"],
    ["", "is blank"],
    [" \t", "is blank"],
    ["Bearer ", "is blank"],
    ["hidden\r\nX: y", "contains a line break"],
    ["hidden\n", "contains a line break"],
    ["hid den", "contains a character that no header can carry"],
    ["hiddän", "contains a character that no header can carry"],
  ])("refuses %j in a variable", async (value, what) => {
    const error: unknown = await read(value).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "unauthenticated",
      reason: "bad_token",
      message: `No token for executor "devbox": the environment variable DEVBOX_TOKEN (token_env) ${what}. Put the executor's token there; a serve that runs already must be started anew, as the environment of a running program cannot change.`,
    });
    expect(isFairleadError(error) && JSON.stringify(error)).not.toContain("hid");
  });

  test("refuses a file that is missing, blank or has two lines", async () => {
    await expect(readFrom(undefined)).rejects.toThrow("the file /t (token_file) does not exist");
    await expect(readFrom("\n")).rejects.toThrow("the file /t (token_file) is blank");
    await expect(readFrom("a\nb\n")).rejects.toThrow("the file /t (token_file) contains a line break");
  });

  test("reads from disk", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fairlead-token-"));
    try {
      const path = join(folder, "token");
      const executor = { name: "devbox", token: { kind: "file", path } } as const;
      await expect(readExecutorToken(executor, { env: {} })).rejects.toMatchObject({
        code: "unauthenticated",
      });
      await writeFile(path, "abc\n");
      expect(await readExecutorToken(executor, { env: {} })).toBe("abc");
      const folderAsFile = { name: "devbox", token: { kind: "file", path: folder } } as const;
      await expect(readExecutorToken(folderAsFile, { env: {} })).rejects.toThrow(
        "(token_file) cannot be read",
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
