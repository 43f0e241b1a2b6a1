import type { Context } from "koa";
import { originOf } from "../../devices/origin.ts";
import type { House } from "../../house.ts";
import { accountClientId } from "../../oidc/app-clients.ts";
import { deviceSecretOf } from "../../oidc/device-cookie.ts";
import type { EndedSignIn, OpenSignIn } from "../../oidc/finish-sign-in.ts";
import type { StepFrom } from "../../signin/step-from.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { showPage } from "../shell/show-page.ts";

/** What every page of a sign-in has in common. */
export function pageOptions(signing: OpenSignIn) {
  const { uiLocales, redirectUri: leadsTo, settings } = signing;
  return { uiLocales, leadsTo, settings, here: `/signin/${signing.uid}` };
}

/** Where to begin the same sign-in anew, as somebody else. */
export function otherAccount(signing: OpenSignIn): string {
  return `/signin/${signing.uid}?other=1`;
}

/** Says that a sign-in cannot go on. */
export async function showEnded(
  house: House,
  ctx: Context,
  { reason }: EndedSignIn,
  startHref = "/account/",
): Promise<void> {
  await showPage(house, ctx, "signin-ended", { reason, startHref }, { status: 410, here: startHref });
}

/** Where a step of a sign-in comes from: app, network and browser. */
export function stepFrom(house: House, ctx: Context, { app, settings }: OpenSignIn): StepFrom {
  const { id, name, requireFactor } = app;
  return {
    deviceSecret: deviceSecretOf(ctx),
    origin: originOf(house.places, factsOf(ctx).address),
    requestId: factsOf(ctx).requestId,
    ...networkOf(ctx),
    settings,
    // Everybody who may sign in at all may look after the own account, so its pages are no app in this sense.
    ...(app.clientId === accountClientId ? {} : { app: { id, name, requireFactor } }),
  };
}

/** 303, so that the browser fetches the next address and does not post the password on (RFC 9700 §4.12). */
export function leave(ctx: Context, location: string): void {
  ctx.set("Cache-Control", "no-store");
  ctx.redirect(location);
  ctx.status = 303;
}
