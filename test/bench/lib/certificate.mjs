import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Makes a self-signed throw-away certificate for 127.0.0.1 with openssl. @returns paths, and the name in it */
export async function makeCertificate(context) {
  const serverName = "executor.bench";
  const files = { cert: context.file("tls.pem"), key: context.file("tls.key") };
  await promisify(execFile)("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout".split(" "),
    files.key,
    "-out",
    files.cert,
    "-subj",
    `/CN=${serverName}`,
    "-addext",
    `subjectAltName=DNS:${serverName},IP:127.0.0.1`,
  ]);
  return { ...files, serverName, ca: await readFile(files.cert, "utf8") };
}
