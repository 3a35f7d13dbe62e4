import type { FairleadError } from "@fairlead/core";
import { faceErrorCodes, type Refusal } from "./refuse.js";

/** There are as many sessions as there may be. */
export function sessionsFull(limit: number): Refusal {
  const message = `There are ${limit} sessions already, which is the limit: end one, or try again later`;
  const data = { fairlead: { reason: "limit_reached", limit } };
  return {
    status: 503,
    error: { code: faceErrorCodes.refused, message, data },
    headers: { "retry-after": "30" },
  };
}

/** A session could not be opened. */
export function toOpenRefusal(error: FairleadError): Refusal {
  const status = error.code === "not_found" ? 404 : 503;
  const data = {
    fairlead: { code: error.code, ...(error.reason === undefined ? {} : { reason: error.reason }) },
  };
  return { status, error: { code: faceErrorCodes.refused, message: error.message, data } };
}
