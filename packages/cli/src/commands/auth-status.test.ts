import { expect, test } from "vitest";
import { formatAuths } from "./auth-status.js";

test("scopes that an authorization server made up cannot leave their cell", () => {
  const scopes = ["a\u001b[2Jb", "c\nweb2", "\u202etxt"];
  const row = { name: "web", executor: "local", status: "oauth", isRenewable: true, scopes } as const;
  expect(formatAuths([row], 0, Number.POSITIVE_INFINITY)).toMatchInlineSnapshot(`
    "NAME  EXECUTOR  AUTH   TOKEN                           SCOPES
    web   local     oauth  end unknown, renewed by itself  a�[2Jb c�web2 �txt"
  `);
});
