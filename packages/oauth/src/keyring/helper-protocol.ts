/** One thing to do with one item of the keyring. */
export type KeyringOperation =
  | { readonly do: "get" | "remove"; readonly account: string }
  | { readonly do: "set"; readonly account: string; readonly value: string };

/** What came of one operation. */
export type OperationAnswer =
  | { readonly kind: "found"; readonly value: string }
  | { readonly kind: "absent" }
  | { readonly kind: "done" }
  | { readonly kind: "unavailable"; readonly reason: string };

/** The name of our items among those of all programs. */
export const keyringService = "fairlead";

/** Reasons come from libraries and the system; a person reads no more of one. */
const maxReasonChars = 300;

/** One line for the helper's stdin, never for its arguments or environment: other users see those. */
export function formatRequest(operations: readonly KeyringOperation[]): string {
  return `${JSON.stringify({ version: 1, operations })}\n`;
}

/** Reads what {@link formatRequest} wrote; undefined for anything else. */
export function parseRequest(line: string): readonly KeyringOperation[] | undefined {
  const request = parseObject(line);
  const operations = request?.["operations"];
  if (request?.["version"] !== 1 || !Array.isArray(operations)) return undefined;
  const read = operations.map(toOperation);
  return read.every((operation) => operation !== undefined) ? read : undefined;
}

/** One line for the helper's stdout. There may be fewer answers than operations: the first failure is the last answer. */
export function formatAnswers(answers: readonly OperationAnswer[]): string {
  return `${JSON.stringify({ version: 1, answers })}\n`;
}

/** Reads what {@link formatAnswers} wrote; undefined for anything else, such as a line that is not whole. */
export function parseAnswers(text: string): readonly OperationAnswer[] | undefined {
  if (!text.endsWith("\n")) return undefined;
  const reply = parseObject(text);
  const answers = reply?.["answers"];
  if (reply?.["version"] !== 1 || !Array.isArray(answers)) return undefined;
  const read = answers.map(toAnswer);
  return read.every((answer) => answer !== undefined) ? read : undefined;
}

/** Makes a failure's text fit for people: one short line, in which none of the values that were sent occurs. */
export function reasonOf(cause: unknown, operations: readonly KeyringOperation[]): string {
  let text = cause instanceof Error ? cause.message : String(cause);
  for (const operation of operations) {
    if (operation.do === "set" && operation.value !== "") text = text.replaceAll(operation.value, "(hidden)");
  }
  return text.replace(/\s+/g, " ").trim().slice(0, maxReasonChars);
}

function toOperation(value: unknown): KeyringOperation | undefined {
  if (!isObject(value) || typeof value["account"] !== "string") return undefined;
  const { account, do: verb, value: content } = value;
  if (verb === "get" || verb === "remove") return { do: verb, account };
  return verb === "set" && typeof content === "string" ? { do: "set", account, value: content } : undefined;
}

function toAnswer(value: unknown): OperationAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { kind, value: content, reason } = value;
  if (kind === "absent" || kind === "done") return { kind };
  if (kind === "found" && typeof content === "string") return { kind, value: content };
  return kind === "unavailable" && typeof reason === "string" ? { kind, reason } : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// As the one of `core`, which the helper has not beside it.
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
