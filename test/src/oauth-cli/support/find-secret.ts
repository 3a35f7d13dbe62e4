/** A canary as it is, and as it looks inside of something that was encoded or cut into lines. */
function formsOf(canary: string): readonly RegExp[] {
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.from(`${"x".repeat(shift)}${canary}`).toString("base64");
    // The letters at both ends depend on what stands beside it.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  return [canary, encodeURIComponent(canary), ...encoded].map((text) => {
    const letters = text.split("").map((letter) => letter.replace(/[^\w]/, "\\$&"));
    return new RegExp(letters.join("\\s*"));
  });
}

/** Names the texts in which a canary is, in whatever form. */
export function textsWith(canary: string, texts: Readonly<Record<string, string>>): readonly string[] {
  const forms = formsOf(canary);
  return Object.entries(texts)
    .filter(([, text]) => forms.some((form) => form.test(text)))
    .map(([name]) => name);
}
