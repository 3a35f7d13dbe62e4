import { serverNameSchema, toolNameReserve } from "../schema/names.js";

/** What is wrong with the name of a server; undefined if nothing. @param maxName longest tool name, in characters */
export function serverNameProblem(name: string, maxName: number): string | undefined {
  const { error } = serverNameSchema.safeParse(name);
  if (error !== undefined) return error.issues[0]?.message ?? "is no name";
  const longest = maxName - toolNameReserve;
  return name.length > longest ? `a name has at most ${longest} characters here` : undefined;
}

/** The nearest name that a server can have, and that is not taken. */
export function proposeName(
  name: string,
  { maxName, taken }: { readonly maxName: number; readonly taken: ReadonlySet<string> },
): string {
  const longest = maxName - toolNameReserve;
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replaceAll(/_{2,}/g, "_");
  const base = fit(plain, longest) || "server";
  const candidates = function* (): Generator<string> {
    yield base;
    yield `${fit(base, longest - 4)}-mcp`;
    for (let count = 2; ; count++) yield `${fit(base, longest - 4)}-${count}`;
  };
  for (const candidate of candidates()) {
    if (!taken.has(candidate) && serverNameProblem(candidate, maxName) === undefined) return candidate;
  }
  throw new Error("There are as many names as numbers");
}

function fit(name: string, longest: number): string {
  return name.slice(0, longest).replaceAll(/^[-_]+|[-_]+$/g, "");
}
