import type { ExecutorSession } from "@fairlead/link";
import { formatDuration } from "../../output/units.js";
import { broken, type CheckOutcome, ok } from "../check.js";
import { lines, note } from "../shell-words.js";

/** Logins are renewed so long before they end, in milliseconds: with a larger difference they end too early, or too late. */
const toleratedMs = 30_000;

/** Looks how far the clock of an executor and ours are apart, whatever the way there takes. */
export async function checkClock(
  session: Pick<ExecutorSession, "describe">,
  now: () => number = Date.now,
): Promise<CheckOutcome> {
  const askedMs = now();
  const { machine } = await session.describe();
  const answeredMs = now();
  // It was read somewhere between the two, so only what lies outside is a difference for certain.
  const { clockMs } = machine;
  const skewMs = clockMs < askedMs ? clockMs - askedMs : Math.max(0, clockMs - answeredMs);
  const details = { skewMs: Math.round(skewMs) };
  if (Math.abs(skewMs) < toleratedMs) return ok("its clock agrees with ours", details);
  const words = `its clock is ${formatDuration(Math.abs(skewMs))} ${skewMs < 0 ? "behind" : "ahead of"} ours`;
  return broken(words, {
    code: "protocol",
    details,
    remediation: lines(
      note("set the clock that is wrong, on this machine or there"),
      ...new Set([process.platform, machine.os].map(setClock)),
    ),
  });
}

/** As the system of a machine does it. */
function setClock(os: string): string {
  if (os.startsWith("win")) return note("on Windows, as an administrator: w32tm /resync");
  if (os === "darwin") return note("on macOS: sudo sntp -sS time.apple.com");
  return os === "linux" ? "sudo timedatectl set-ntp true" : note(`on ${os}: as its manual says`);
}
