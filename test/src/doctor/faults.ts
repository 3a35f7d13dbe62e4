import { executorTable } from "../failures/support/executor-daemon.js";
import { executorFaults } from "./executor-faults.js";
import { httpFaults } from "./http-faults.js";
import type { PlantedFault } from "./planted-fault.js";
import { stdioFaults } from "./stdio-faults.js";
import type { FaultSite } from "./support/fault-site.js";
import { http } from "./support/fault-tables.js";

/** Every fault that is planted into one configuration. Those of a home are in machine-faults.ts. */
export const faults: readonly PlantedFault[] = [...executorFaults, ...stdioFaults, ...httpFaults];

/** What is healthy beside them, and must look so. */
export function healthyToml({ scene, far, encrypted, certificates, front }: FaultSite): string {
  return [
    executorTable("far", far),
    executorTable(
      "encrypted",
      { address: `grpcs://127.0.0.1:${encrypted.port}`, tokenFile: encrypted.tokenFile },
      [`tls = { ca = ${JSON.stringify(certificates.good)}, server_name = "executor.test" }`],
    ),
    scene.server("well-far", [], ['executor = "far"', 'cwd = "/"']),
    scene.server("well-here", [], ['executor = "local"']),
    scene.server("well-encrypted", [], ['executor = "encrypted"']),
    http("well-http", front.url()),
    http("well-http-far", front.url()).replace('"local"', '"far"'),
  ].join("\n");
}
