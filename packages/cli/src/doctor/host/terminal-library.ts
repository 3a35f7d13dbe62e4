import { hasPty } from "@fairlead/machine";
import { type CheckOutcome, ok, warning } from "../check.js";
import { lines, note } from "../shell-words.js";

/** Looks whether programs can be given a terminal on this machine. Everything else works without. */
export async function checkTerminalLibrary(): Promise<CheckOutcome> {
  if (await hasPty()) return ok("programs can get a terminal");
  return warning("no terminals here: the optional package is not installed", {
    remediation: lines(
      note("only fairlead run --pty needs it; it was left out at the installation (--omit=optional):"),
      "npm install -g fairlead --include=optional",
    ),
  });
}
