import * as z from "zod";

/** A text with a rule of its own. @param problemOf says what is wrong with it, without quoting what could be a secret */
export function textWith(problemOf: (text: string) => string | undefined): z.ZodString {
  return z.string().check((context) => {
    const message = problemOf(context.value);
    if (message !== undefined) context.issues.push({ code: "custom", input: undefined, message });
  });
}

/** Tells the second of two names that are one to HTTP. */
export const isNamedOnce = z.check<Readonly<Record<string, unknown>>>((context) => {
  const seen = new Set<string>();
  for (const name of Object.keys(context.value)) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) {
      const message = "is there twice: the names of headers do not tell case";
      context.issues.push({ code: "custom", input: undefined, path: [name], message });
    }
    seen.add(lower);
  }
});
