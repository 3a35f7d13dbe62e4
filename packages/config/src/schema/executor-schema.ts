import { conventionOfSpelling, defaultExecutorLimits } from "@fairlead/core";
import * as z from "zod";
import { executorAddressProblem, parseExecutorAddress } from "../executors/executor-address.js";
import { environmentNameSchema } from "./environment-name.js";

const filePath = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^\0]*$/, "must not contain a NUL character");

const tlsSchema = z
  .strictObject({
    ca: filePath
      .optional()
      .describe("PEM file with the certificate of the authority that signed the executor's."),
    cert: filePath
      .optional()
      .describe("PEM file with the certificate that this machine presents to the executor."),
    key: filePath.optional().describe("PEM file with the private key of cert."),
    server_name: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("Name to expect in the executor's certificate. Unset: the host in url."),
  })
  .check((context) => {
    const { cert, key } = context.value;
    if ((cert === undefined) === (key === undefined)) return;
    const missing = cert === undefined ? "cert" : "key";
    context.issues.push({
      code: "custom",
      input: undefined,
      path: [missing],
      message: "is missing; cert and key go together",
    });
  });

const absolutePath = filePath.refine(
  (path) => conventionOfSpelling(path) !== undefined,
  "must be an absolute path",
);

const pathPairSchema = z.strictObject({
  host: absolutePath.describe("Absolute path of the folder on this machine."),
  executor: absolutePath.describe("Absolute path of the same folder on the executor's machine."),
});

/** `[executors.NAME]`: another machine, or another account of this one, on which servers can run. */
export const executorSchema = z
  .strictObject({
    url: z
      .string()
      .check((context) => {
        const message = executorAddressProblem(context.value);
        if (message !== undefined) context.issues.push({ code: "custom", input: undefined, message });
      })
      .describe(
        "Where the executor listens: unix:///path, grpc://host:port (loopback only) or grpcs://host:port.",
      ),
    token_env: environmentNameSchema
      .optional()
      .describe("Environment variable on this machine with the executor's bearer token."),
    token_file: filePath.optional().describe("File on this machine with the executor's bearer token."),
    tls: tlsSchema.optional().describe("Certificates for grpcs://."),
    path_map: z
      .array(pathPairSchema)
      .optional()
      .describe(
        "Folders shared by this machine and the executor's. The agent's roots inside them are translated.",
      ),
    detach_ttl_sec: z
      .number()
      .min(0)
      .max(defaultExecutorLimits.detachTtlMaxMs / 1000)
      .optional()
      .describe(
        "How long servers keep running after the connection is lost, in seconds. Unset: 2 on a unix socket, otherwise 30.",
      ),
  })
  .check((context) => {
    const { url, token_env, token_file, tls } = context.value;
    const report = (key: string, message: string): void => {
      context.issues.push({ code: "custom", input: undefined, path: [key], message });
    };
    if (token_env !== undefined && token_file !== undefined) {
      report("token_file", "cannot stand beside token_env; keep one of the two");
    }
    const address = parseExecutorAddress(url);
    if (address?.scheme === "grpc" && token_env === undefined && token_file === undefined) {
      report(
        "url",
        "a grpc:// executor is reachable by everybody on this machine and needs token_env or token_file",
      );
    }
    if (address !== undefined && address.scheme !== "grpcs" && tls !== undefined) {
      report("tls", `is only for grpcs://, and url begins with ${address.scheme}://`);
    }
  });

/** An executor as it is written in a file: snake_case keys, only `url` is needed. */
export type ExecutorEntry = z.input<typeof executorSchema>;

/** An executor after validation. */
export type ParsedExecutor = z.output<typeof executorSchema>;
