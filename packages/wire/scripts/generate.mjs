// Turns the contract into TypeScript: one descriptor module that needs no .proto file at run time, and the message types.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const protobuf = createRequire(require.resolve("@grpc/proto-loader"))("protobufjs");
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outDir = join(root, "src", "gen");
const protoDir = dirname(require.resolve("@fairlead/proto/package.json"));
const files = [
  "fairlead/executor/v1/error.proto",
  "fairlead/executor/v1/files.proto",
  "fairlead/executor/v1/http.proto",
  "fairlead/executor/v1/machine.proto",
  "fairlead/executor/v1/process.proto",
  "fairlead/executor/v1/session.proto",
  "google/rpc/status.proto",
];

rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });

writeDescriptor(
  "descriptor",
  "The contract as protobuf.js JSON, with the names that TypeScript uses.",
  false,
);
writeDescriptor(
  "reflection-descriptor",
  "The same with the names of the .proto files, as reflection tells them.",
  true,
);

function writeDescriptor(name, comment, keepCase) {
  const loaded = new protobuf.Root();
  loaded.resolvePath = (_origin, target) => join(protoDir, target);
  loaded.loadSync(files, { keepCase });
  loaded.resolveAll();
  const json = JSON.stringify(loaded.toJSON());
  writeFileSync(
    join(outDir, `${name}.ts`),
    `/** ${comment} */\nexport const descriptor: { nested: Record<string, object> } = ${json};\n`,
  );
}

const generator = join(
  dirname(require.resolve("@grpc/proto-loader/package.json")),
  "build/bin/proto-loader-gen-types.js",
);
execFileSync(
  process.execPath,
  [
    generator,
    "--longs=Number",
    "--enums=String",
    "--defaults",
    "--oneofs",
    "--bytes=Buffer",
    "--grpcLib=@grpc/grpc-js",
    "--importFileExtension=.js",
    `--includeDirs=${protoDir}`,
    `--outDir=${outDir}`,
    ...files,
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
