// `npm run build`: installs and builds what is missing or has changed.
import { runMain, setUp } from "./setup.mjs";

await runMain(async () => {
  await setUp();
  return 0;
});
