import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A throw-away certificate in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateSubject {
  /** As openssl writes subjectAltName, for example `IP:127.0.0.1`. */
  readonly names: string;
  /** The second it is valid from and the one it is valid to, as openssl's `YYYYMMDDHHMMSSZ`. @default two days from now on */
  readonly validity?: readonly [from: string, to: string];
  /** Who signs it. @default itself */
  readonly signer?: Certificate;
}

const program = "openssl";

/** Whether certificates can be made here; a reason is printed where not. */
export const canMakeCertificates = hasOpenssl();

/** Makes a certificate with openssl. */
export async function makeCertificate({ names, validity, signer }: CertificateSubject): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-certificate-"));
  const file = (name: string): string => join(folder, name);
  const openssl = async (...args: string[]): Promise<void> => {
    await promisify(execFile)(program, args, { cwd: folder });
  };
  try {
    await writeFile(file("extensions"), `subjectAltName=${names}\nbasicConstraints=critical,CA:TRUE\n`);
    await openssl(..."ecparam -name prime256v1 -genkey -noout -out key".split(" "));
    await openssl(..."req -new -key key -subj /CN=fairlead-test -out request".split(" "));
    const key = await readFile(file("key"), "utf8");
    if (validity !== undefined) {
      await writeFile(file("index"), "");
      await writeFile(file("serial"), "01");
      await writeFile(
        file("config"),
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n",
      );
      const [from, to] = validity;
      const dates = ["-startdate", from, "-enddate", to];
      const how =
        "ca -batch -config config -selfsign -keyfile key -in request -out cert -extfile extensions -notext";
      await openssl(...how.split(" "), ...dates);
    } else {
      const how = "x509 -req -in request -days 2 -out cert -extfile extensions".split(" ");
      if (signer === undefined) {
        await openssl(...how, "-signkey", "key");
      } else {
        await writeFile(file("signer.cert"), signer.cert);
        await writeFile(file("signer.key"), signer.key);
        await openssl(...how, ..."-CA signer.cert -CAkey signer.key -CAcreateserial".split(" "));
      }
    }
    return { cert: await readFile(file("cert"), "utf8"), key };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hasOpenssl(): boolean {
  try {
    execFileSync(program, ["version"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("skipped: tests with certificates, because there is no openssl here\n");
    return false;
  }
}
