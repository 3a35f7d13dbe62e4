import { columnNames, serversOf } from "./support/column.js";
import { tryColumns } from "./support/try-columns.js";

// Servers on Windows, which is the Windows build under Wine, driven by hosts of every kind.
tryColumns(columnNames.filter((name) => serversOf[name] === "windows"));
