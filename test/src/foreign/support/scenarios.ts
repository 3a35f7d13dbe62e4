import { endingScenarios } from "./scenarios/endings.js";
import { environmentScenarios } from "./scenarios/environment.js";
import { fileScenarios } from "./scenarios/files.js";
import { folderScenarios } from "./scenarios/folders.js";
import { machineScenarios } from "./scenarios/machines.js";
import { rootScenarios } from "./scenarios/roots.js";
import type { Scenario } from "./scenarios/scenario.js";
import { serverScenarios } from "./scenarios/servers.js";
import { watchingScenarios } from "./scenarios/watching.js";
import { webScenarios } from "./scenarios/web.js";

/** Every scenario, in the order of the table in docs/platforms.md. */
export const scenarios: readonly Scenario[] = [
  ...machineScenarios,
  ...serverScenarios,
  ...folderScenarios,
  ...rootScenarios,
  ...environmentScenarios,
  ...endingScenarios,
  ...webScenarios,
  ...fileScenarios,
  ...watchingScenarios,
];
