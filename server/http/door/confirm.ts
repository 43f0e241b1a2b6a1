import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import type { House } from "../../house.ts";
import { placeName } from "../../kernel/places.ts";
import { browserName } from "../../sessions/browser-name.ts";
import { readSetting } from "../../settings/read-settings.ts";
import { answerConfirmation, readAwaited } from "../../signin/confirm-sign-in.ts";
import { maskAddress } from "../../users/mask-address.ts";
import { readForm } from "../shell/read-body.ts";
import { factsOf, strangerOf } from "../shell/request.ts";
import { pickLocale, showPage } from "../shell/show-page.ts";
import { formTo } from "./fields.ts";
import type { LinkDoor } from "./links.ts";

/**
 * Behind the link of a sign-in that waits (S3): shows where it comes from and asks whether it is the person's own.
 * Only the answer to the form counts, since programs that look through mails open links; and it lets in the browser
 * that waits, never the one that answers.
 */
export function confirmDoor(house: House): LinkDoor {
  async function show(ctx: Context, secret: string): Promise<void> {
    const { confirmation, user } = await readAwaited(house, secret);
    const options = { userLocale: user.locale, here: `/signin/confirm/${secret}` };
    const place = house.places.placeOf(confirmation.address);
    const browser = browserName(confirmation.user_agent);
    await showPage(
      house,
      ctx,
      "signin-confirm",
      {
        form: formTo(house, ctx, `/signin/confirm/${secret}`),
        account: user.username ?? "",
        at: confirmation.created_at,
        ...(confirmation.app_name === null ? {} : { app: { name: confirmation.app_name } }),
        ...(browser === null ? {} : { browser }),
        ...(place === undefined ? {} : { place: placeName(place, pickLocale(ctx, "en", options)) }),
        ...(confirmation.address === null ? {} : { address: maskAddress(confirmation.address) }),
        clock: {
          timeZone: user.time_zone ?? (await readSetting(house.db, "organization.timeZone")),
          now: house.now(),
        },
      },
      options,
    );
  }

  async function post(ctx: Context, secret: string): Promise<void> {
    const answer = (await readForm(house, ctx)).get("answer");
    if (answer !== "yes" && answer !== "no") return await show(ctx, secret);
    const by = { actor: strangerOf(ctx), requestId: factsOf(ctx).requestId };
    const { user } = await answerConfirmation(house, secret, answer === "yes" ? "confirmed" : "denied", by);
    const options = { userLocale: user.locale, here: "/account/" };
    await showPage(house, ctx, "signin-answered", { answer, resetHref: "/reset" }, options);
  }

  const behindLink = (act: LinkDoor["show"]) => async (ctx: Context, secret: string) => {
    try {
      await act(ctx, secret);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "link.invalid") throw error;
      const view = { kind: "confirm", reason: "unknown", resetHref: "/reset", signinHref: "/account/" } as const;
      await showPage(house, ctx, "link-invalid", view, { status: error.status, here: "/account/" });
    }
  };
  return { show: behindLink(show), post: behindLink(post) };
}
