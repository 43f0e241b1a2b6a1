import { selectImport } from "../db/sql/imports.ts";
import { selectUser } from "../db/sql/users.ts";
import type { House } from "../house.ts";
import type { ImportId } from "../kernel/ids.ts";
import { queueMail } from "../mail/queue-mail.ts";
import { readSettings } from "../settings/read-settings.ts";
import { localeFor } from "./send-link-mail.ts";

/** Tells whoever confirmed an import that it is over, where that is a person who reads mail. */
export async function tellImported(house: House, importId: ImportId): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const one = await selectImport(tx, importId);
    if (one?.state !== "done" || one.confirmed_by_kind !== "user" || one.confirmed_by_id === null) return;
    const user = await selectUser(tx, one.confirmed_by_id);
    if (user === undefined || user.email === null) return;
    const settings = await readSettings(tx);
    const now = house.now();
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "import-finished",
      locale: localeFor(user, settings),
      now,
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        file: one.name,
        done: one.done_count,
        refused: one.failed_count + one.problem_count,
        link: `${house.config.issuer}/admin/imports/${one.id}`,
      },
    });
  });
}
