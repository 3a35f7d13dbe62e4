/** The `headers` of an `mcpServers` file, in our keys. */
export interface SplitHeaders {
  /** Those that are sent as they stand there. */
  readonly plain: Readonly<Record<string, unknown>>;
  /** Header → environment variable, for values that are exactly one variable. */
  readonly env_http_headers?: Readonly<Record<string, string>>;
  /** Of an `Authorization` that is exactly `Bearer ${VAR}`. */
  readonly bearer_token_env_var?: string;
}

/**
 * Tells headers that are an environment variable, which are then read for each request, from those that are text.
 * @param expand fills in the variables of a value, and complains about those that are not set
 */
export function splitHeaders(
  headers: Readonly<Record<string, unknown>>,
  expand: (value: unknown, header: string) => unknown,
): SplitHeaders {
  const plain: Record<string, unknown> = {};
  const fromEnv: Record<string, string> = {};
  let bearer: string | undefined;
  for (const [header, value] of Object.entries(headers)) {
    const expanded = expand(value, header);
    const [, scheme, variable] = typeof value === "string" ? (wholeVariable.exec(value) ?? []) : [];
    if (variable === undefined) plain[header] = expanded;
    else if (scheme === undefined) fromEnv[header] = variable;
    else if (header.toLowerCase() === "authorization") bearer = variable;
    else plain[header] = expanded;
  }
  return {
    plain,
    ...(Object.keys(fromEnv).length === 0 ? {} : { env_http_headers: fromEnv }),
    ...(bearer === undefined ? {} : { bearer_token_env_var: bearer }),
  };
}

const wholeVariable = /^(Bearer +)?\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_().]*)\}$/i;
