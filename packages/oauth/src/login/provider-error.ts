import { type FairleadError, type JsonObject } from "@fairlead/core";
import { textOf } from "../discovery/find-document.js";

/** What a provider said was wrong, fit for terminals and pages. */
export interface ProviderError {
  /** Its word for it (RFC 6749 4.1.2.1, 5.2), for example `access_denied`. */
  readonly code: string;
  readonly description: string | undefined;
}

/** Reads an error of a provider out of JSON or of a callback's parameters; undefined where there is none. */
export function providerError(
  source: JsonObject | URLSearchParams,
  secrets: readonly string[] = [],
): ProviderError | undefined {
  const read = (name: string): string | undefined => {
    const text = source instanceof URLSearchParams ? (source.get(name) ?? undefined) : textOf(source, name);
    return text === undefined ? undefined : printable(text, secrets);
  };
  const code = read("error");
  return code === undefined || code === "" ? undefined : { code, description: read("error_description") };
}

/** `access_denied: The user said no`. */
export function describeProviderError({ code, description }: ProviderError): string {
  return description === undefined || description === "" ? code : `${code}: ${description}`;
}

/** The provider's word behind one of our errors, where it was the provider who said no. */
export function providerCodeOf(error: FairleadError): string | undefined {
  const code = error.details["providerError"];
  return typeof code === "string" ? code : undefined;
}

/**
 * Makes a stranger's text fit to be shown: one line, at most 300 characters, nothing that moves a terminal's cursor, and none of
 * our secrets, which a provider may well repeat in its complaint.
 */
export function printable(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    // Replacing what is in every other word would only spoil the complaint.
    if (secret.length < 6) continue;
    for (const spelling of [secret, encodeURIComponent(secret)]) clean = clean.replaceAll(spelling, "…");
  }
  return clean
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}
