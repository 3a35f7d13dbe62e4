import { isNamedSecret, isSecretLine } from "./looks-secret.js";
import { mask, maskUrl } from "./mask-url.js";

/** A value among the arguments of a program, and the name in front of it. */
export interface NamedValue {
  /** Without the dashes of a flag. */
  readonly name: string;
  readonly value: string;
  /** What stands between the two; a space where the value is an argument of its own. */
  readonly mark: string;
}

/** Whether an argument gives a program a secret, such as `--api-key=…`; `before` is the argument in front of it. */
export function isSecretArgument(argument: string, before: string | undefined): boolean {
  return isSecretLine(argument) || secretsInArgument(argument, before, isSecret).length > 0;
}

/** The arguments of a program, those that give it a secret masked, also in the addresses among them. */
export function maskArguments(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const address = maskUrl(argument);
    if (address !== argument) return address;
    // The name of what is hidden says more than three stars.
    const [named = ""] = /^(?:-{1,2}|\/)?[A-Za-z][\w.-]*[=:]/.exec(argument) ?? [];
    if (isSecretLine(argument)) return `${named}${mask}`;
    const shown = maskSpans(argument, secretSpans(argument, args[index - 1], isSecret));
    return named.endsWith("=") ? named + maskUrl(shown.slice(named.length)) : shown;
  });
}

/**
 * The secrets in one argument: what follows a flag, what stands behind `=` or `:` in one or in a list of settings such as
 * `Server=db;Pwd=…`, members of JSON, headers between quotes, and the password of a user.
 * @param before the argument in front of it
 * @param isSecret decides over a value that has a name; the password of a user always is one
 */
export function secretsInArgument(
  argument: string,
  before: string | undefined,
  isSecret: (named: NamedValue) => boolean,
): readonly string[] {
  const spans = secretSpans(argument, before, isSecret);
  return [...new Set(spans.map(({ start, end }) => argument.slice(start, end)))];
}

function isSecret({ name, value }: NamedValue): boolean {
  return isNamedSecret(name, value);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function secretSpans(
  argument: string,
  before: string | undefined,
  isSecret: (named: NamedValue) => boolean,
): readonly Span[] {
  const [, flag] = /^--?([A-Za-z][\w.-]*)$/.exec(before ?? "") ?? [];
  const named = [...namedSpans(argument), ...quotedSpans(argument)];
  if (flag !== undefined && !argument.startsWith("-")) {
    named.push({ name: flag, mark: " ", start: 0, end: argument.length });
  }
  return named.flatMap(({ name, mark, start, end }) => {
    const value = argument.slice(start, end);
    if (/^(?:u|user)$/.test(name)) return passwordSpans(value, start);
    return isSecret({ name, value, mark }) ? [{ start, end }] : [];
  });
}

interface NamedSpan extends Span {
  readonly name: string;
  readonly mark: string;
}

/** Where the next setting of a list begins. */
const nextSetting = /(?<=[;&?#,\s])(?=[A-Za-z][\w.-]*\s*=)/;

function namedSpans(argument: string): NamedSpan[] {
  const spans: NamedSpan[] = [];
  let at = 0;
  for (const piece of argument.split(nextSetting)) {
    const end = at + piece.replace(/(?<![;&,\s])[;&,\s]+$/, "").length;
    let start = at;
    // Twice: `--dsn=Server=db` is a flag and a setting.
    for (let depth = 0; depth < 2; depth += 1) {
      const found = /^(?:-{1,2}|\/)?([A-Za-z][\w.-]*)\s*([=:])\s*/.exec(argument.slice(start, end));
      const [all = "", name = "", mark = ""] = found ?? [];
      if (found === null) break;
      start += all.length;
      spans.push({ name, mark, start, end });
      // What begins the argument may have a secret that only looks like a list of settings.
      if (at === 0 && end < argument.length) spans.push({ name, mark, start, end: argument.length });
    }
    at += piece.length;
  }
  return spans;
}

/** A member of a JSON object, and a header in a line for a shell. */
const quoted = [
  /"(?<name>[A-Za-z][\w.-]*)"(?<mark>\s*:\s*")(?<value>(?:[^"\\]|\\.)+)"/dg,
  /(?<quote>["'])(?<name>[A-Za-z][\w-]*)(?<mark>:\s*)(?<value>(?:(?!\k<quote>).)+)\k<quote>/dg,
];

function quotedSpans(argument: string): NamedSpan[] {
  return quoted.flatMap((pattern) =>
    [...argument.matchAll(pattern)].flatMap(({ groups: { name = "", mark = "" } = {}, indices }) => {
      const [start, end] = indices?.groups?.["value"] ?? [];
      return start === undefined || end === undefined ? [] : [{ name, mark, start, end }];
    }),
  );
}

/** Of `user:password`, but neither of an address nor of the numbers of a user and a group. */
function passwordSpans(text: string, at: number): readonly Span[] {
  const [, user] = /^(?!\d+:\d+$)([^:\s]+):(?!\/\/)\S+$/.exec(text) ?? [];
  return user === undefined ? [] : [{ start: at + user.length + 1, end: at + text.length }];
}

function maskSpans(text: string, spans: readonly Span[]): string {
  let shown = "";
  let at = 0;
  for (const { start, end } of spans.toSorted((one, other) => one.start - other.start)) {
    if (end <= at) continue;
    if (start >= at) shown += text.slice(at, start) + mask;
    at = end;
  }
  return shown + text.slice(at);
}
