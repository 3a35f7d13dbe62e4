import type { ServerFailure, ServerStatus } from "../orchestrator/server-status.js";

/** How one connector is doing: plain data, nothing secret. */
export interface ConnectorStatus {
  readonly name: string;
  /** The machine it is reached from. */
  readonly executor: string;
  readonly state: ServerStatus["state"];
  /** How many actions its login may call and agents are shown, where its catalogue is known. */
  readonly actions?: number | undefined;
  readonly lastFailure?: ServerFailure | undefined;
}

/** The connectors among the servers of a host, and how they are doing. */
export function listConnectors(statuses: readonly ServerStatus[]): readonly ConnectorStatus[] {
  return statuses
    .filter(({ origin }) => origin === "connector")
    .map(({ name, executor, state, toolCount, lastFailure }) => ({
      name,
      executor,
      state,
      ...(toolCount === undefined ? {} : { actions: toolCount }),
      ...(lastFailure === undefined ? {} : { lastFailure }),
    }));
}
