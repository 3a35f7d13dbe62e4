/** A canary with a letter of each kind that encodings change, so that no encoding of it looks like itself. */
export const allKindsCanary = "CANARY+of/Every=Secret7";

/** A canary as it is, and as it looks inside of something that was encoded or cut into lines. */
function formsOf(canary: string): readonly RegExp[] {
  const encoded = [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.from(`${"x".repeat(shift)}${canary}`);
    // The letters at both ends depend on what stands beside it.
    const inner = (text: string): string => text.replace(/=+$/, "").slice(shift === 0 ? 0 : 4, -4);
    return [inner(bytes.toString("base64")), inner(bytes.toString("base64url"))];
  });
  return [canary, ...encoded].map((text) => new RegExp(text.split("").map(patternOf).join("\\s*")));
}

/** A letter as it is, and as addresses, forms and JSON may have it; they differ in what they encode. */
function patternOf(letter: string): string {
  if (/\w/.test(letter)) return letter;
  const hex = letter.charCodeAt(0).toString(16).padStart(2, "0");
  const inAddress = `%${hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)}`;
  return `(?:\\\\?\\${letter}|${inAddress}|\\\\u00${hex})`;
}

/** Names the texts in which a canary is, in whatever form. */
export function textsWith(canary: string, texts: Readonly<Record<string, string>>): readonly string[] {
  const forms = formsOf(canary);
  return Object.entries(texts)
    .filter(([, text]) => forms.some((form) => form.test(text)))
    .map(([name]) => name);
}
