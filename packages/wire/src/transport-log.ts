import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";

/**
 * Keeps grpc-js from writing to stderr by itself: every failure is told once, by whoever it concerns. Its own variables
 * `GRPC_VERBOSITY` and `GRPC_TRACE` still switch it on for those who debug the transport.
 */
export function quietTransportLog(env: Readonly<NodeJS.ProcessEnv> = process.env): void {
  if (env["GRPC_VERBOSITY"] === undefined && env["GRPC_TRACE"] === undefined)
    setLogVerbosity(logVerbosity.NONE);
}
