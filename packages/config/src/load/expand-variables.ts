/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables filled in, or what stands in the way. */
export type ExpandedText = { readonly text: string } | { readonly problem: string };

/**
 * Fills in `${VAR}`, `${VAR:-default}` and `${env:VAR}`. A default counts where the variable is unset or empty, as in a
 * shell. A problem names the variable, never a value.
 */
export function expandVariables(text: string, environment: Environment): ExpandedText {
  const problems: string[] = [];
  let filled = "";
  let at = 0;
  // Looked for one after the other: a pattern would look for a missing end once for each beginning.
  for (;;) {
    const start = text.indexOf("${", at);
    const end = start < 0 ? -1 : text.indexOf("}", start);
    if (end < 0) break;
    filled += text.slice(at, start) + valueOf(text.slice(start + 2, end), environment, problems);
    at = end + 1;
  }
  const [problem] = problems;
  return problem === undefined ? { text: filled + text.slice(at) } : { problem };
}

function valueOf(inner: string, environment: Environment, problems: string[]): string {
  const match = /^(?:env:)?([A-Za-z_][A-Za-z0-9_().]*)(?::-(.*))?$/s.exec(inner);
  if (match === null) {
    problems.push(`\${${inner}} cannot be filled in; known are \${VAR}, \${VAR:-default} and \${env:VAR}`);
    return "";
  }
  const [, name = "", fallback] = match;
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
  if (value === undefined) {
    problems.push(`the environment variable ${name} is not set; set it, or write \${${name}:-default}`);
  }
  return value ?? "";
}
