import { createId } from "@fairlead/core";
import type { ServerDefinition } from "../orchestrator/server-definition.js";
import { approvalModeOf } from "./approval-need.js";

/** Definitions without an instance key: nobody can tell whether another one would launch the same. */
const ownKeys = new WeakMap<ServerDefinition, string>();

/**
 * Names what an answer for the session is about: one tool of one launch on one machine, asked about in one way. After a
 * reload that changes any of these it is something else, and asked about anew.
 */
export function approvalSubject(definition: ServerDefinition, rawName: string): string {
  const { name, executor } = definition;
  const mode = approvalModeOf(definition, rawName);
  return JSON.stringify([name, executor, launchOf(definition), mode, rawName]);
}

function launchOf(definition: ServerDefinition): string {
  if (definition.instanceKey !== undefined) return definition.instanceKey;
  const own = ownKeys.get(definition) ?? createId("launch");
  ownKeys.set(definition, own);
  return own;
}
