import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import type { UserRow } from "../../db/sql/users.ts";
import { inWork } from "../../db/work.ts";
import { originOf } from "../../devices/origin.ts";
import type { House } from "../../house.ts";
import { deviceSecretOf } from "../../oidc/device-cookie.ts";
import { activateUser, readActivation } from "../../onboarding/activate-user.ts";
import { readReset, requestReset, resetPassword } from "../../onboarding/reset-password.ts";
import { readSetupLink, setUpAdministrator } from "../../onboarding/set-up.ts";
import { readSetting } from "../../settings/read-settings.ts";
import { countRequest, networkOf as networkKey } from "../../signin/throttle.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { FieldError, Form, PasswordRules } from "../pages/page-views.ts";
import { readForm } from "../shell/read-body.ts";
import { factsOf, networkOf, strangerOf } from "../shell/request.ts";
import { showPage } from "../shell/show-page.ts";
import type { PageOptions } from "../shell/show-page.ts";
import { errorsOf, formTo, rulesFor } from "./fields.ts";

type LinkKind = "activation" | "reset" | "setup";

/** A page behind a link: shows it, and takes its form. */
export interface LinkDoor {
  show(ctx: Context, secret: string): Promise<void>;
  post(ctx: Context, secret: string): Promise<void>;
}

/** What differs between the two links behind which somebody chooses a password. */
interface PasswordLink {
  kind: "activation" | "reset";
  path: string;
  /** Whose link it is. @throws link.invalid */
  read(secret: string): Promise<UserRow>;
  /** Sets the password and uses the link up. @throws link.invalid password.* */
  set(given: Parameters<typeof activateUser>[1]): Promise<unknown>;
  ask(ctx: Context, user: UserRow, form: Form, rules: PasswordRules, options: PageOptions): Promise<void>;
  done(ctx: Context, user: UserRow, options: PageOptions): Promise<void>;
}

/** Activation: the first password of an account (O3). */
export function activationDoor(house: House): LinkDoor {
  return passwordDoor(house, {
    kind: "activation",
    path: "/activate/",
    read: async (secret) => await readActivation(house.db, secret, house.now()),
    set: async (given) => await activateUser(house, given),
    ask: async (ctx, user, form, rules, options) => {
      const view = { form, rules, name: user.given_name ?? user.display_name, username: nameOf(user) };
      await showPage(house, ctx, "activate", view, options);
    },
    done: async (ctx, user, options) => {
      const view = { username: user.username ?? "", continueHref: "/account/" };
      await showPage(house, ctx, "activate-done", view, options);
    },
  });
}

/** Reset: a new password by the link from the mail. */
export function resetDoor(house: House): LinkDoor {
  return passwordDoor(house, {
    kind: "reset",
    path: "/reset/",
    read: async (secret) => await readReset(house.db, secret, house.now()),
    set: async (given) => await resetPassword(house, given),
    ask: async (ctx, user, form, rules, options) =>
      await showPage(house, ctx, "reset-password", { form, rules, username: nameOf(user) }, options),
    done: async (ctx, _user, options) => await showPage(house, ctx, "reset-done", { signinHref: "/account/" }, options),
  });
}

function passwordDoor(house: House, link: PasswordLink): LinkDoor {
  const show = async (ctx: Context, secret: string, errors?: FieldError[]) =>
    await behindLink(house, ctx, link.kind, async () => {
      const user = await link.read(secret);
      const form = formTo(house, ctx, link.path + secret, errors === undefined ? {} : { errors });
      const rules = await rulesFor(house, [user.username, user.given_name, user.family_name]);
      const status = errors === undefined ? {} : { status: 422 };
      await link.ask(ctx, user, form, rules, { userLocale: user.locale, ...status });
    });
  return {
    show,
    post: async (ctx, secret) =>
      await behindLink(house, ctx, link.kind, async () => {
        const fields = await readForm(house, ctx);
        const user = await link.read(secret);
        try {
          await link.set({
            secret,
            password: fields.get("new_password") ?? "",
            browser: { deviceSecret: deviceSecretOf(ctx), origin: originOf(house.places, factsOf(ctx).address) },
            ...from(ctx),
          });
        } catch (error) {
          return await show(ctx, secret, errorsOf(error, ctx, { userLocale: user.locale }));
        }
        await link.done(ctx, user, { userLocale: user.locale, here: "/account/" });
      }),
  };
}

/** What the person signs in with, as browsers shall remember it. */
function nameOf(user: UserRow): string {
  return user.email ?? user.username ?? "";
}

/** Set-up: the first administrator (C4). */
export function setupDoor(house: House): LinkDoor {
  const show = async (ctx: Context, secret: string, typed: Typed = {}, errors?: FieldError[]) =>
    await behindLink(house, ctx, "setup", async () => {
      await readSetupLink(house, secret);
      await showPage(
        house,
        ctx,
        "setup",
        {
          form: formTo(house, ctx, `/setup/${secret}`, errors === undefined ? {} : { errors }),
          ...typed,
          rules: await rulesFor(house, []),
        },
        errors === undefined ? {} : { status: 422 },
      );
    });
  return {
    show: async (ctx, secret) => await show(ctx, secret),
    post: async (ctx, secret) =>
      await behindLink(house, ctx, "setup", async () => {
        const fields = await readForm(house, ctx);
        const text = (name: string) => (fields.get(name) ?? "").trim();
        const typed = { username: text("username"), displayName: text("display_name"), email: text("email") };
        try {
          await setUpAdministrator(house, {
            ...typed,
            // A name to call the person by is kind, but not needed to begin.
            displayName: typed.displayName === "" ? typed.username : typed.displayName,
            password: fields.get("new_password") ?? "",
            secret,
            ...from(ctx),
          });
        } catch (error) {
          const names = { password: "new_password", displayName: "display_name" };
          return await show(ctx, secret, typed, errorsOf(error, ctx, {}, names));
        }
        ctx.redirect("/admin/");
        ctx.status = 303;
      }),
  };
}

type Typed = { username?: string; displayName?: string; email?: string };

/** Forgot password: asks whom the mail is for. */
export function forgotDoor(house: House, throttle: Throttle) {
  const show = async (ctx: Context) =>
    await showPage(house, ctx, "reset-request", { form: formTo(house, ctx, "/reset"), signinHref: "/account/" });
  return {
    show,
    async post(ctx: Context): Promise<void> {
      const fields = await readForm(house, ctx);
      const login = (fields.get("username") ?? "").trim();
      if (login === "" || login.length > 320) return await show(ctx);
      await countRequest(throttle.resets, networkKey(factsOf(ctx).address));
      const isOverdone = await isMailLimitReached(throttle, login);
      // Past the limit the answer stays the same and no mail goes: nobody learns anything, nobody is flooded.
      if (!isOverdone) {
        await inWork(house, { actor: strangerOf(ctx), requestId: factsOf(ctx).requestId }, async (work) => {
          await requestReset(work, login);
        });
      }
      const minutes = await readSetting(house.db, "links.resetMinutes");
      await showPage(
        house,
        ctx,
        "reset-sent",
        {
          account: login,
          ttlSeconds: minutes * 60,
          again: formTo(house, ctx, "/reset"),
          signinHref: "/account/",
        },
        { here: "/reset" },
      );
    },
  };
}

async function isMailLimitReached(throttle: Throttle, login: string): Promise<boolean> {
  try {
    await countRequest(throttle.mails, login.toLowerCase());
    return false;
  } catch (error) {
    if (error instanceof Failure && error.code === "signin.throttled") return true;
    throw error;
  }
}

/** Shows the page for a link that does not work, which tells nobody why: only its owner has had it. */
async function behindLink(house: House, ctx: Context, kind: LinkKind, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "link.invalid") throw error;
    await showPage(
      house,
      ctx,
      "link-invalid",
      { kind, reason: "unknown", ...(kind === "setup" ? {} : { askHref: "/reset", signinHref: "/account/" }) },
      { status: error.status, here: "/account/" },
    );
  }
}

function from(ctx: Context) {
  return { requestId: factsOf(ctx).requestId, ...networkOf(ctx) };
}
