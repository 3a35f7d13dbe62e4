import { type GrpcObject, loadPackageDefinition } from "@grpc/grpc-js";
import { fromJSON, type PackageDefinition } from "@grpc/proto-loader";
import { descriptor } from "./gen/descriptor.js";
import type { ProtoGrpcType as FilesTypes } from "./gen/files.js";
import type { ProtoGrpcType as HttpTypes } from "./gen/http.js";
import type { ProtoGrpcType as MachineTypes } from "./gen/machine.js";
import type { ProtoGrpcType as ProcessTypes } from "./gen/process.js";
import type { ProtoGrpcType as SessionTypes } from "./gen/session.js";

type V1<T extends { fairlead: { executor: { v1: object } } }> = T["fairlead"]["executor"]["v1"];
type Services = Pick<V1<SessionTypes>, "SessionService"> &
  Pick<V1<ProcessTypes>, "ProcessService"> &
  Pick<V1<MachineTypes>, "MachineService"> &
  Pick<V1<HttpTypes>, "HttpService"> &
  Pick<V1<FilesTypes>, "FilesService">;

/** The versions of the contract that this build speaks, both inclusive. */
export const protocolVersions = { min: 1, max: 1 } as const;

/** The contract as grpc-js and reflection want it; read from generated code, never from a .proto file. */
export const packageDefinition: PackageDefinition = fromJSON(
  descriptor,
  // `defaults` fills repeated fields and maps; fields marked optional stay absent.
  { longs: Number, enums: String, defaults: true, oneofs: true, bytes: Buffer },
);

const loaded = loadPackageDefinition(packageDefinition);

/** Client constructors, each with its service definition in `.service`. */
export const services: Services = nested(loaded, ["fairlead", "executor", "v1"]) as unknown as Services;

function nested(root: GrpcObject, path: readonly string[]): GrpcObject {
  let at = root;
  for (const name of path) at = at[name] as GrpcObject;
  return at;
}
