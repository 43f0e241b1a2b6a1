import type { Context } from "koa";
import { selectUser } from "../../db/sql/users.ts";
import { originOf } from "../../devices/origin.ts";
import type { House } from "../../house.ts";
import type { OpenSignIn } from "../../oidc/finish-sign-in.ts";
import type { Admitted } from "../../signin/admit-attempt.ts";
import { confirmationOf, passConfirmed, resendLink } from "../../signin/confirm-sign-in.ts";
import type { HeldAttempt } from "../../signin/hold-attempt.ts";
import type { StepFrom } from "../../signin/step-from.ts";
import { maskEmail } from "../../users/mask-email.ts";
import { allowOwnRequests } from "../shell/security-headers.ts";
import { showPage } from "../shell/show-page.ts";
import type { StepDoor } from "./factor-steps.ts";
import { formTo } from "./fields.ts";
import { otherAccount, pageOptions, showEnded } from "./signing.ts";

/** The step at which a sign-in waits for the link of a mail (S3). */
export interface ConfirmStep extends StepDoor {
  /**
   * Goes on, when the answer was yes.
   *
   * @returns undefined when it was not, or another request goes on
   */
  pass(signing: OpenSignIn, held: HeldAttempt, from: StepFrom): Promise<Admitted | undefined>;
}

export function confirmStepDoor(house: House): ConfirmStep {
  async function show(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    tried: "continue" | "again" | undefined,
  ): Promise<void> {
    const confirmation = await confirmationOf(house, held);
    const user = await selectUser(house.db, held.attempt.userId);
    if (confirmation?.state === "denied") {
      return await showEnded(house, ctx, { state: "ended", reason: "stopped" }, otherAccount(signing));
    }
    allowOwnRequests(ctx);
    await showPage(
      house,
      ctx,
      "signin-waiting",
      {
        form: formTo(house, ctx, `/signin/${signing.uid}/confirm`, { hidden: [{ name: "turn", value: held.turn }] }),
        account: user?.username ?? "",
        email: maskEmail(user?.email ?? ""),
        news: confirmation?.news ?? [],
        ttlSeconds: secondsLeft(confirmation?.expires_at, house.now()),
        tried,
        continueHref: `/signin/${signing.uid}?checked=1`,
        stateHref: `/signin/${signing.uid}/waiting`,
        notYouHref: otherAccount(signing),
      },
      { ...pageOptions(signing), userLocale: user?.locale ?? null },
    );
  }

  return {
    show: async (ctx, signing, held) =>
      await show(ctx, signing, held, ctx.query["checked"] === undefined ? undefined : "continue"),
    async take(ctx, signing, held, _fields, from) {
      const refusal = await resendLink(house, held, from);
      if (refusal !== undefined) throw refusal;
      await show(ctx, signing, held, "again");
      return undefined;
    },
    async pass(signing, held, from) {
      const confirmation = await confirmationOf(house, held);
      if (confirmation?.state !== "confirmed") return undefined;
      // What the person has confirmed is known from then on, not where the browser has gone meanwhile.
      const confirmed = { ...from, origin: originOf(house.places, confirmation.address ?? undefined) };
      return await passConfirmed(house, signing.uid, held, confirmed);
    },
  };
}

/** In whole minutes, for people. */
function secondsLeft(until: Date | undefined, now: Date): number {
  const seconds = ((until ?? now).getTime() - now.getTime()) / 1000;
  return Math.max(1, Math.ceil(seconds / 60)) * 60;
}
