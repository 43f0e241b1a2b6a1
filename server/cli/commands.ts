import { appCommands } from "./app/commands.ts";
import { attributeCommands } from "./attribute/commands.ts";
import { auditCommands } from "./audit/commands.ts";
import type { Command } from "./command.ts";
import { demoCommands } from "./demo/commands.ts";
import { connectionCommands } from "./connection/commands.ts";
import { directoryCommands } from "./directory/commands.ts";
import { exportCommands } from "./export/commands.ts";
import { houseCommands } from "./house/commands.ts";
import { importCommands } from "./import/commands.ts";
import { keyCommands } from "./keys/commands.ts";
import { roleCommands } from "./role/commands.ts";
import { resourceCommands } from "./resource/commands.ts";
import { seedCommands } from "./seed/commands.ts";
import { settingCommands } from "./settings/commands.ts";
import { tokenCommands } from "./token/commands.ts";
import { userCommands } from "./user/commands.ts";

/** Every command but `start`, in the order of the help. What a command needs is loaded when it runs. */
export const commands: readonly Command[] = [
  ...houseCommands,
  ...userCommands,
  ...importCommands,
  ...attributeCommands,
  ...roleCommands,
  ...directoryCommands,
  ...connectionCommands,
  ...appCommands,
  ...resourceCommands,
  ...exportCommands,
  ...tokenCommands,
  ...settingCommands,
  ...keyCommands,
  ...auditCommands,
  ...demoCommands,
  ...seedCommands,
];
