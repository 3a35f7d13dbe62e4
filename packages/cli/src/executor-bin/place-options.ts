import type { Command } from "commander";

/** Adds the options of `ExecutorPlace` to a command. */
export function addPlaceOptions(command: Command): Command {
  return command
    .option(
      "--listen <address>",
      "unix:///PATH or HOST:PORT (default: a socket in ~/.fairlead; on Windows 127.0.0.1:7040)",
    )
    .option("--state-dir <folder>", "where the token and the journal are kept (default: ~/.fairlead)")
    .option(
      "--token-file <file>",
      "the bearer token; made if it is not there (default: executor.token there)",
    )
    .option("--tls-cert <file>", "PEM certificate; needed to listen on anything but loopback")
    .option("--tls-key <file>", "PEM private key of the certificate");
}
