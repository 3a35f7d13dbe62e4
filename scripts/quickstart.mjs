// `npm run quickstart`: sets the checkout up and hands over to the demo.
import { join } from "node:path";
import { root, run, runMain, setUp } from "./setup.mjs";

await runMain(async () => {
  await setUp();
  return run(process.execPath, [join(root, "test", "dist", "quickstart", "run-quickstart.js")]);
});
