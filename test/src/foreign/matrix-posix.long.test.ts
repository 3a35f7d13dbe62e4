import { columnNames, serversOf } from "./support/column.js";
import { tryColumns } from "./support/try-columns.js";

// Servers on Linux, driven by hosts of every kind; a Windows host is the Windows build under Wine.
tryColumns(columnNames.filter((name) => serversOf[name] === "posix"));
