import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

export const keyCommands: readonly Command[] = [
  command({
    name: "keys rotate",
    summary: "Begin to replace the signing keys of the OpenID provider",
    flags: {
      atOnce: {
        kind: "switch",
        summary: "for a key that leaked: the old ones are gone at once, and apps fail until they fetch the new ones",
      },
    },
    notes: [
      "New keys are published now and sign a day later, when every app can have seen them.",
      "Where new ones are published already, they sign from now on.",
    ],
    async run({ flags, house, work }) {
      const [{ ensureKeys }, { rotateKeys }] = await Promise.all([
        import("#server/oidc/keys.ts"),
        import("#server/oidc/rotate-keys.ts"),
      ]);
      // Before the first start there is nothing to rotate away from.
      await ensureKeys(await house());
      const { keyring } = await house();
      const items = await work(async (one) => await rotateKeys(one, keyring, flags));
      return {
        json: { items },
        text: table(
          items.map((one) => [one.alg, one.state, one.kid]),
          ["KIND", "STATE", "KEY"],
        ),
      };
    },
  }),
];
