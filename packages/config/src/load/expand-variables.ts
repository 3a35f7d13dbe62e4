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
  const expanded = text.replace(/\$\{([^}]*)\}/g, (whole, inner: string) => {
    const match = /^(?:env:)?([A-Za-z_][A-Za-z0-9_().]*)(?::-(.*))?$/s.exec(inner);
    if (match === null) {
      problems.push(`${whole} cannot be filled in; known are \${VAR}, \${VAR:-default} and \${env:VAR}`);
      return "";
    }
    const [, name = "", fallback] = match;
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value === undefined) {
      problems.push(`the environment variable ${name} is not set; set it, or write \${${name}:-default}`);
    }
    return value ?? "";
  });
  const [problem] = problems;
  return problem === undefined ? { text: expanded } : { problem };
}
