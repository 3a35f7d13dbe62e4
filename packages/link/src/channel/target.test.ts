import { describe, expect, test } from "vitest";
import { resolveTarget } from "./target.js";

describe("an executor's address", () => {
  test.each([
    ["unix:///run/me/x.sock", { grpcTarget: "unix:/run/me/x.sock", encrypted: false }],
    ["grpc://127.0.0.1:7040", { grpcTarget: "dns:127.0.0.1:7040", encrypted: false }],
    ["grpc://localhost:7040", { grpcTarget: "dns:localhost:7040", encrypted: false }],
    ["grpc://[::1]:7040", { grpcTarget: "dns:[::1]:7040", encrypted: false }],
    ["grpcs://devbox.example:443", { grpcTarget: "dns:devbox.example:443", encrypted: true }],
  ])("%s is understood", (url, expected) => {
    expect(resolveTarget({ url })).toMatchObject(expected);
  });

  test.each(["", "devbox", "http://devbox:80", "grpc://127.0.0.1", "grpcs://:443", "unix://relative.sock"])(
    "%j is refused with a reason",
    (url) => {
      expect(() => resolveTarget({ url })).toThrow(
        expect.objectContaining({ code: "usage", reason: "argument_invalid" }),
      );
    },
  );

  test("of a unix socket is refused on Windows, with what to use instead", () => {
    expect(() => resolveTarget({ url: "unix:///run/me/x.sock" }, "win32")).toThrow(/grpc:\/\/127\.0\.0\.1/);
  });

  test("never sends a token to another machine in plain text", () => {
    for (const url of ["grpc://10.0.0.1:7040", "grpc://devbox:7040", "grpc://127.0.0.1.evil.example:80"]) {
      expect(() => resolveTarget({ url, token: "secret" })).toThrow(
        expect.objectContaining({ reason: "insecure_transport" }),
      );
    }
  });
});
