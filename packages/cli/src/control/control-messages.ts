import { FairleadError, isJsonObject, parseJsonObject } from "@fairlead/core";

/** How a server of a running host is doing. Other members than these may be there. */
export interface ControlServer {
  readonly name: string;
  readonly executor: string;
  readonly state: string;
  readonly [member: string]: unknown;
}

/** Who a host is. */
export interface ControlHost {
  readonly pid: number;
  readonly version: string;
  /** Milliseconds since it began. */
  readonly ageMs: number;
  /** Where it listens for agents over HTTP; absent if it does not. */
  readonly url?: string;
}

/** What a reload changed. */
export interface ControlReload {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A message of the control line: one line of JSON each. */
export interface ControlRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Reads one request. @throws FairleadError `usage`, reason `argument_invalid` */
export function parseControlRequest(line: string): ControlRequest {
  const message = parseJsonObject(line);
  const id = message?.["id"];
  const method = message?.["method"];
  const params = message?.["params"] ?? {};
  const isIdentified = typeof id === "string" || typeof id === "number";
  if (!isIdentified || typeof method !== "string" || !isJsonObject(params)) {
    throw new FairleadError("usage", "A control request is a JSON object with id, method and params", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  return { id, method, params };
}
