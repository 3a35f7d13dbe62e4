import type { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import type { HandleOptions } from "./handle.js";
import { addReflection } from "./reflection.js";

const serviceNames = [
  "",
  "fairlead.executor.v1.SessionService",
  "fairlead.executor.v1.ProcessService",
  "fairlead.executor.v1.MachineService",
  "fairlead.executor.v1.HttpService",
  "fairlead.executor.v1.FilesService",
] as const;

/** The switch behind `grpc.health.v1.Health`. */
export interface HealthSwitch {
  /** Tells every watcher that the executor takes no new work. */
  notServing(): void;
}

/** Adds the standard health and reflection services, which any gRPC tool can ask without knowing this project. */
export function addStandardServices(
  server: Server,
  options: Pick<HandleOptions, "onInternalError">,
): HealthSwitch {
  const health = new HealthImplementation(Object.fromEntries(serviceNames.map((name) => [name, "SERVING"])));
  health.addToServer(server);
  addReflection(server, { ...options, identify: () => "anybody" });
  return {
    notServing: () => {
      for (const name of serviceNames) health.setStatus(name, "NOT_SERVING");
    },
  };
}
