import { type CallAnswer, parseRange } from "@fairlead/mcp";
import type { ApprovalMode } from "../orchestrator/server-definition.js";
import type { ApprovalNeed } from "./approval-need.js";
import { plainText } from "./plain-text.js";

/** What a person must know to approve a call. */
export interface ApprovalQuestion {
  readonly server: string;
  /** Raw name. */
  readonly tool: string;
  /** Where it will happen. */
  readonly machine: string;
  readonly mode: ApprovalMode;
  readonly need: ApprovalNeed;
  /** What will happen, in lines that are shown as they are: the arguments, or a server's own description of the call. */
  readonly effect: string;
}

/** What the person chose, or why nothing was chosen. */
export type ApprovalAnswer =
  | { readonly kind: "once" | "session" | "always" }
  | { readonly kind: "denied" | "cancelled" | "unreadable" }
  /** The agent has no way to ask. */
  | { readonly kind: "unaskable" };

/** The choices, readable because some agents show only the bare values of a list. */
const choices = {
  once: "allow once",
  session: "allow for this session",
  always: "always allow",
  denied: "deny",
} as const;

/** Builds the params of the `elicitation/create` that asks. */
export function buildApprovalQuestion(question: ApprovalQuestion): Buffer {
  const { server, tool, machine, need, effect } = question;
  const name = plainText(JSON.stringify(tool));
  const message = `Allow the tool ${name} of server "${server}" to run on "${plainText(machine)}"?\n${effect}\nAsked because ${need}.`;
  const decision = { type: "string", title: "Decision", enum: offeredChoices(question.mode) };
  const requestedSchema = { type: "object", properties: { decision }, required: ["decision"] };
  return Buffer.from(JSON.stringify({ message, requestedSchema }));
}

/** Reads what the agent answered. Whatever is not clearly a yes is a no. */
export function readApprovalAnswer(answer: CallAnswer, mode: ApprovalMode): ApprovalAnswer {
  if (answer.kind === "error") return { kind: isUnaskable(answer.error) ? "unaskable" : "unreadable" };
  const result = objectOf(parse(answer.result));
  if (result["action"] === "decline") return { kind: "denied" };
  if (result["action"] === "cancel") return { kind: "cancelled" };
  if (result["action"] !== "accept") return { kind: "unreadable" };
  const chosen = objectOf(result["content"])["decision"];
  const offered = offeredChoices(mode).find((choice) => choice === chosen);
  const kind = (Object.keys(choices) as (keyof typeof choices)[]).find((key) => choices[key] === offered);
  return { kind: kind ?? "unreadable" };
}

/** Who wants to be asked every time cannot say "always" in passing. */
function offeredChoices(mode: ApprovalMode): string[] {
  const { always, ...others } = choices;
  return mode === "prompt" ? Object.values(others) : [others.once, others.session, always, others.denied];
}

/** Method not found, or a client capability that is missing. */
function isUnaskable(error: Buffer): boolean {
  const { code } = objectOf(parse(error));
  return code === -32601 || code === -32021;
}

function parse(raw: Buffer): unknown {
  try {
    return parseRange(raw);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
