import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gatewayTokenPath, readGatewayToken, tokenFromEnv } from "./gateway-token.js";

const hasModes = process.platform !== "win32";

describe("the gateway's token", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "fairlead-token-"));
  });
  afterEach(() => rm(home, { recursive: true }));

  test("is made once, and is its owner's alone", async () => {
    const token = await readGatewayToken(home);
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(await readGatewayToken(home)).toBe(token);
    expect(await readFile(gatewayTokenPath(home), "utf8")).toBe(`${token}\n`);
    expect(await readdir(home)).toEqual(["gateway-token"]);
  });

  test.runIf(hasModes)("cannot be read by others", async () => {
    await readGatewayToken(home);
    expect((await stat(gatewayTokenPath(home))).mode & 0o777).toBe(0o600);
  });

  test("is the same one for all who start at the same moment", async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => readGatewayToken(home)));
    expect(new Set(tokens).size).toBe(1);
    expect(await readdir(home)).toEqual(["gateway-token"]);
  });

  test("may be one that somebody wrote", async () => {
    await writeFile(gatewayTokenPath(home), "of-my-own\r\n", { mode: 0o600 });
    expect(await readGatewayToken(home)).toBe("of-my-own");
  });

  test.runIf(hasModes)("is not used where others can read it", async () => {
    await writeFile(gatewayTokenPath(home), "secret-thing\n");
    await chmod(gatewayTokenPath(home), 0o644);
    const failure = readGatewayToken(home);
    await expect(failure).rejects.toMatchObject({ code: "usage", reason: "insecure_transport" });
    await expect(failure).rejects.not.toThrow("secret-thing");
  });

  test("is not taken from what is no file, or cannot be read", async () => {
    await mkdir(gatewayTokenPath(home), { mode: 0o700 });
    await expect(readGatewayToken(home)).rejects.toMatchObject({
      code: "usage",
      message: /gateway-token is no file/,
    });
    const missing = readGatewayToken(join(home, "gateway-token", "file".repeat(100)));
    await expect(missing).rejects.toMatchObject({ code: "usage", reason: "bad_token" });
  });

  test("is not used where it could not be sent", async () => {
    await writeFile(gatewayTokenPath(home), "two words\n", { mode: 0o600 });
    await expect(readGatewayToken(home)).rejects.toMatchObject({ code: "usage", reason: "bad_token" });
  });
});

test("a token of the environment is taken as it is, or refused without being told", () => {
  expect(tokenFromEnv("T", { T: "abc" })).toBe("abc");
  for (const env of [{}, { T: "" }, { T: "hidden\nvalue" }, { T: "hidden value" }]) {
    expect(() => tokenFromEnv("T", env)).toThrow(/variable T of --http-token-env/);
    expect(() => tokenFromEnv("T", env)).not.toThrow(/hidden/);
  }
});
