import * as z from "zod";

/** Executor names that mean something without a table: the child started on demand, and the one inside this process. */
export const builtInExecutorNames = ["local", "embedded"] as const;

/**
 * Characters that a tool name needs beside its server's: the `__` between them, one character, and the `_` and eight
 * hex digits that end a shortened one.
 */
export const toolNameReserve = 12;

const nameRule =
  "a name has only letters, digits, _ and -, contains no __ and does not end in _, so that server__tool reads one way";

const namePattern = /^(?!.*__)[A-Za-z0-9_-]*[A-Za-z0-9-]$/;

/** The name of a server, which becomes the front half of every tool name of it; not one of our own servers'. */
export const serverNameSchema = z
  .string()
  .regex(namePattern, nameRule)
  .regex(
    /^(?!fairlead$|devbox(?:_.*)?$)/,
    "this name belongs to a server that is built in and cannot be configured; choose another one",
  );

/** The name of a server that is built in and asks before it does something: a devbox, by its executor. */
export const builtInNameSchema = z
  .string()
  .regex(
    /^devbox_./,
    'there is nothing to say about a built-in server of this name; known are devbox_EXECUTOR, such as "devbox_local"',
  );

/** The name of an executor; the same rule, and not one of {@link builtInExecutorNames}. */
export const executorNameSchema = z
  .string()
  .regex(namePattern, nameRule)
  .regex(/^(?!(?:local|embedded)$)/, "this name is built in and cannot be configured; choose another one");
