import * as z from "zod";

/** The name of an environment variable, as far as every system agrees. */
export const environmentNameSchema = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^=\0]*$/, "the name of an environment variable has no = and no NUL character");
