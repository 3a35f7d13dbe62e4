import type * as KeyringLibrary from "@napi-rs/keyring";
import { type KeyringOperation, keyringService, type OperationAnswer, reasonOf } from "./helper-protocol.js";

/**
 * Asks the system's keyring, one operation after the other up to the first that fails. It blocks the thread, perhaps for
 * ever, so it runs in the helper's own process only.
 */
export async function runOperations(
  operations: readonly KeyringOperation[],
): Promise<readonly OperationAnswer[]> {
  const answers: OperationAnswer[] = [];
  for (const operation of operations) {
    const answer = await answerOf(operation).catch(
      (cause: unknown): OperationAnswer => ({ kind: "unavailable", reason: reasonOf(cause, operations) }),
    );
    answers.push(answer);
    if (answer.kind === "unavailable") break;
  }
  return answers;
}

async function answerOf(operation: KeyringOperation): Promise<OperationAnswer> {
  const { Entry } = await loadLibrary();
  // Without the pin Linux falls back to the kernel's own keyring, silently, which forgets everything at a reboot.
  const entry = new Entry(keyringService, operation.account, { linux: { store: "secret-service" } });
  if (operation.do === "remove") return { kind: entry.deleteCredential() ? "done" : "absent" };
  if (operation.do === "set") {
    entry.setPassword(operation.value);
    return { kind: "done" };
  }
  const value = entry.getPassword();
  return value === null ? { kind: "absent" } : { kind: "found", value };
}

/** Native and optional: there are systems for which nobody builds it. */
async function loadLibrary(): Promise<typeof KeyringLibrary> {
  try {
    return await import("@napi-rs/keyring");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new Error(`the optional package @napi-rs/keyring cannot be loaded here${code}`, { cause });
  }
}
