import { describe, expect, it } from "vitest";
import { buildEnvironment } from "./build-environment.js";
import { baseNames } from "./environment-names.js";

const posix = { convention: "posix", folder: "/work" } as const;
const windows = { convention: "windows", folder: "C:\\work" } as const;

describe("a profile", () => {
  const base = { PATH: "/bin", TOKEN: "old", ONLY: "base" };
  const profile = { TOKEN: "new", LD_LIBRARY_PATH: "/lib", FAIRLEAD_TOKEN: "never" };

  it("is above the base, also where a name is inherited", () => {
    const built = buildEnvironment({ inherit: ["TOKEN", "ONLY"] }, base, { ...posix, profile });
    expect(built).toEqual({ PATH: "/bin", TOKEN: "new", ONLY: "base" });
  });

  it("gives what chooses the code that is loaded only where it is asked for by name", () => {
    expect(buildEnvironment(undefined, base, { ...posix, profile })).toEqual({ PATH: "/bin", TOKEN: "new" });
    const asked = buildEnvironment({ inherit: ["LD_LIBRARY_PATH"] }, base, { ...posix, profile });
    expect(asked).toHaveProperty("LD_LIBRARY_PATH", "/lib");
  });
});

describe("the base", () => {
  it("is the allow-list and nothing else", () => {
    expect(baseNames.posix).toMatchInlineSnapshot(`
      {
        "names": [
          "HOME",
          "LOGNAME",
          "PATH",
          "SHELL",
          "USER",
          "LANG",
          "LC_ALL",
          "TERM",
          "TMPDIR",
          "TZ",
          "NODE_EXTRA_CA_CERTS",
          "SSL_CERT_FILE",
          "SSL_CERT_DIR",
          "CURL_CA_BUNDLE",
          "REQUESTS_CA_BUNDLE",
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY",
          "ALL_PROXY",
          "http_proxy",
          "https_proxy",
          "no_proxy",
          "all_proxy",
        ],
        "prefixes": [
          "XDG_",
        ],
      }
    `);
    expect(baseNames.windows).toMatchInlineSnapshot(`
      {
        "names": [
          "PATH",
          "PATHEXT",
          "COMSPEC",
          "SYSTEMROOT",
          "WINDIR",
          "SYSTEMDRIVE",
          "PROGRAMDATA",
          "APPDATA",
          "LOCALAPPDATA",
          "USERPROFILE",
          "USERNAME",
          "USERDOMAIN",
          "HOMEDRIVE",
          "HOMEPATH",
          "TEMP",
          "TMP",
          "NUMBER_OF_PROCESSORS",
          "PROCESSOR_ARCHITECTURE",
          "OS",
          "POWERSHELL",
          "LANG",
          "TZ",
          "NODE_EXTRA_CA_CERTS",
          "SSL_CERT_FILE",
          "SSL_CERT_DIR",
          "CURL_CA_BUNDLE",
          "REQUESTS_CA_BUNDLE",
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY",
          "ALL_PROXY",
        ],
        "prefixes": [
          "PROGRAMFILES",
          "XDG_",
        ],
      }
    `);
  });

  it("holds every allow-listed name that is set, and no other", () => {
    const listed = Object.fromEntries(baseNames.posix.names.map((name) => [name, "/v"]));
    const others = {
      AWS_SECRET_ACCESS_KEY: "s",
      LD_PRELOAD: "s",
      DYLD_INSERT_LIBRARIES: "s",
      NODE_OPTIONS: "s",
      FAIRLEAD_HOME: "s",
      FAIRLEAD_TREE: "s",
      path: "s",
      PWD: "s",
      XDG_UNSET: undefined,
    };
    expect(buildEnvironment(undefined, { ...listed, ...others, XDG_CACHE_HOME: "/c" }, posix)).toEqual({
      ...listed,
      XDG_CACHE_HOME: "/c",
    });
  });

  it("completes relative certificate paths", () => {
    const base = { SSL_CERT_FILE: "ca.pem", SSL_CERT_DIR: "a:/b", NODE_EXTRA_CA_CERTS: "" };
    expect(buildEnvironment({}, base, posix)).toEqual({
      SSL_CERT_FILE: "/work/ca.pem",
      SSL_CERT_DIR: "/work/a:/b",
      NODE_EXTRA_CA_CERTS: "",
    });
    expect(buildEnvironment({}, { ssl_cert_file: "ca.pem" }, windows)).toEqual({
      ssl_cert_file: "C:\\work\\ca.pem",
    });
  });
});

describe("what a launch asks for", () => {
  const base = {
    PATH: "/bin",
    TOKEN: "t",
    LD_LIBRARY_PATH: "/l",
    NODE_OPTIONS: "-x",
    FAIRLEAD_HOME: "/h",
    FAIRLEAD_TOKEN: "f",
    FAIRLEAD_EXECUTOR_TOKEN: "e",
  };
  it.each([
    ["inherits by name", { inherit: ["TOKEN", "UNSET"] }, { TOKEN: "t" }],
    ["sets over the base", { set: { PATH: "/mine" } }, { PATH: "/mine" }],
    ["sets over what it inherits", { inherit: ["TOKEN"], set: { TOKEN: "mine" } }, { TOKEN: "mine" }],
    ["may set nothing", { set: { EMPTY: "" } }, { EMPTY: "" }],
    [
      "gets loader variables by name",
      { inherit: ["LD_LIBRARY_PATH", "NODE_OPTIONS"], set: { DYLD_X: "1" } },
      { LD_LIBRARY_PATH: "/l", NODE_OPTIONS: "-x", DYLD_X: "1" },
    ],
    ["gets our home by name", { inherit: ["FAIRLEAD_HOME"] }, { FAIRLEAD_HOME: "/h" }],
    [
      "never gets our tokens",
      {
        inherit: ["FAIRLEAD_TOKEN", "FAIRLEAD_EXECUTOR_TOKEN"],
        set: { FAIRLEAD_TREE: "t", FAIRLEAD_TOKEN: "x" },
      },
      {},
    ],
    ["keeps odd names", { set: { "a.b-c": "1" } }, { "a.b-c": "1" }],
  ])("%s", (_name, spec, expected) => {
    expect(buildEnvironment(spec, base, posix)).toEqual({ PATH: "/bin", ...expected });
  });

  it("has what a profile sets above the base, and beneath what it sets", () => {
    const profile = { PATH: "/nvm:/bin", NVM_DIR: "/nvm", TOKEN: "p", FAIRLEAD_TOKEN: "x" };
    const spec = { inherit: ["TOKEN"], set: { NVM_DIR: "/mine" } };
    expect(buildEnvironment(spec, base, { ...posix, profile })).toEqual({
      PATH: "/nvm:/bin",
      TOKEN: "p",
      NVM_DIR: "/mine",
    });
    expect(buildEnvironment(undefined, base, { ...posix, limitBytes: 1, profile })).toHaveProperty("NVM_DIR");
  });

  it("keeps a variable that is called like a property of every object", () => {
    const set = JSON.parse('{"__proto__":"1"}') as Record<string, string>;
    expect(Object.entries(buildEnvironment({ set }, {}, posix))).toEqual([["__proto__", "1"]]);
  });

  it.each([
    ["an empty name", { set: { "": "x" } }],
    ["a name with =", { set: { "A=B": "x" } }],
    ["an inherited name with =", { inherit: ["A=B"] }],
    ["a value with NUL", { set: { A: "secret\0" } }],
    ["a value with half a character", { set: { A: "secret\udcff" } }],
  ])("is refused for %s, without telling the value", (_name, spec) => {
    expect(() => buildEnvironment(spec, {}, posix)).toThrow(
      expect.objectContaining({
        code: "usage",
        reason: "argument_invalid",
        message: expect.not.stringContaining("secret") as string,
      }),
    );
  });

  it("is refused when it is too large, counted in bytes", () => {
    const set = { A: "ü".repeat(64 * 1024) };
    expect(() => buildEnvironment({ set }, {}, posix)).toThrow(
      expect.objectContaining({ code: "resource_exhausted", reason: "limit_reached" }),
    );
    expect(buildEnvironment({ set: { A: "ü".repeat(64 * 1024 - 1) } }, {}, posix)).toHaveProperty("A");
  });

  it("has a limit for what a launch adds, inherited or set, and not for the base", () => {
    const base = { PATH: "/bin".repeat(100), TOKEN: "x".repeat(45), UNUSED: "x".repeat(500) };
    const limited = { ...posix, limitBytes: 60 };
    const build = (value: string) =>
      buildEnvironment({ inherit: ["TOKEN"], set: { NAME: value } }, base, limited);
    expect(build("123456")).toMatchObject({ PATH: base.PATH, NAME: "123456" });
    expect(() => build("1234567")).toThrow("61 bytes; at most 60");
    // What is set and inherited under one name counts once.
    const both = buildEnvironment({ inherit: ["TOKEN"], set: { TOKEN: "x".repeat(55) } }, base, limited);
    expect(both).toHaveProperty("TOKEN", "x".repeat(55));
  });
});

describe("on Windows", () => {
  it("names are the same in any case, and PATH is mirrored to Path", () => {
    const base = {
      Path: "C:\\bin",
      SystemRoot: "C:\\Windows",
      ProgramFiles: "P",
      "ProgramFiles(x86)": "P86",
      my: "1",
    };
    expect(buildEnvironment({ inherit: ["MY"], set: { systemroot: "D:\\W" } }, base, windows)).toEqual({
      PATH: "C:\\bin",
      Path: "C:\\bin",
      systemroot: "D:\\W",
      ProgramFiles: "P",
      "ProgramFiles(x86)": "P86",
      MY: "1",
    });
    expect(buildEnvironment({ set: { path: "D:\\" } }, base, windows)).toMatchObject({
      PATH: "D:\\",
      Path: "D:\\",
    });
  });
});
