import { parseArgs } from "node:util";

/** Reads the command line. @throws Error that says what is wrong */
export function readArguments(argv, known) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      "exact-only": { type: "boolean", default: false },
      out: { type: "string", default: "bench-results.json" },
      profile: { type: "string" },
    },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no benchmark ${unknown}. Known: ${known.join(", ")}`);
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${values.rounds}; give 1 or more`);
  return {
    names: positionals.length === 0 ? known : positionals,
    options: { rounds, quick: values.quick, profileDir: values.profile },
    out: values.out,
    exactOnly: values["exact-only"],
  };
}
