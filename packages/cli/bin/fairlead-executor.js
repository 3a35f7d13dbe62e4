#!/usr/bin/env node
import { main } from "../dist/bundle/fairlead-executor.js";

await main(process.argv.slice(2));
