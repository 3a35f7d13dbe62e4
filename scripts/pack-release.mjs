// `npm run pack:release [FOLDER]`: builds what is missing and writes fairlead-VERSION.tgz, the package that is published, to the
// folder, the checkout by default.
import { resolve } from "node:path";
import { root, runMain, setUp } from "./setup.mjs";

await runMain(async () => {
  await setUp();
  // What it imports may just have been installed.
  const { pack } = await import("../packages/cli/scripts/pack.mjs");
  console.log(await pack(resolve(process.argv[2] ?? root)));
  return 0;
});
