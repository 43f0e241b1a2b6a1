import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import { selectAppByClientId } from "../../db/sql/app-list.ts";
import { selectUser } from "../../db/sql/users.ts";
import type { House } from "../../house.ts";
import { accountClientId } from "../../oidc/app-clients.ts";
import { denySignIn, finishConsent, finishSignIn, readInteraction } from "../../oidc/finish-sign-in.ts";
import type { EndedSignIn, OpenSignIn } from "../../oidc/finish-sign-in.ts";
import { completeSignIn, signIn } from "../../signin/sign-in.ts";
import type { SignedIn } from "../../signin/sign-in.ts";
import { changeDuringSignIn, readChangeTicket, writeChangeTicket } from "../../signin/change-due-password.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { FieldError } from "../pages/page-views.ts";
import type { Shared } from "../shell/mount.ts";
import { readForm } from "../shell/read-body.ts";
import type { FormFields } from "../shell/read-body.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { showPage } from "../shell/show-page.ts";
import { errorsOf, formTo, rulesFor } from "./fields.ts";

/** The pages of a sign-in: name, password, a new password where one is due, consent. */
export interface SignInDoor {
  /** The step that is waited for. */
  show(ctx: Context, uid: string): Promise<void>;
  /** Takes what a step posted. */
  post(ctx: Context, uid: string, step: string): Promise<void>;
}

export function signInDoor(house: House, { oidc, metrics }: Shared, throttle: Throttle): SignInDoor {
  /** The sign-in that the address names, or undefined after the page that says why it cannot go on. */
  async function open(ctx: Context, uid: string): Promise<OpenSignIn | undefined> {
    const found = await readInteraction(oidc, ctx, uid);
    if (found.state === "open") return found;
    await showEnded(ctx, found);
    return undefined;
  }

  async function showEnded(ctx: Context, { reason }: EndedSignIn): Promise<void> {
    await showPage(house, ctx, "signin-ended", { reason, startHref: "/account/" }, { status: 410, here: "/account/" });
  }

  function pageOptions(signing: OpenSignIn) {
    return { uiLocales: signing.uiLocales, leadsTo: signing.redirectUri, here: `/signin/${signing.uid}` };
  }

  async function showName(
    ctx: Context,
    signing: OpenSignIn,
    username = signing.loginHint,
    errors?: FieldError[],
  ): Promise<void> {
    await showPage(
      house,
      ctx,
      "signin-name",
      {
        form: formTo(house, ctx, `/signin/${signing.uid}/name`, errors === undefined ? {} : { errors }),
        app: { name: signing.app.name },
        username,
        resetHref: "/reset",
        hasPasskey: false,
        connections: [],
      },
      { ...pageOptions(signing), ...(errors === undefined ? {} : { status: 422 }) },
    );
  }

  async function showPassword(
    ctx: Context,
    signing: OpenSignIn,
    username: string,
    { again = false, errors, status }: { again?: boolean; errors?: FieldError[]; status?: number } = {},
  ): Promise<void> {
    await showPage(
      house,
      ctx,
      "signin-password",
      {
        form: formTo(house, ctx, `/signin/${signing.uid}/password`, errors === undefined ? {} : { errors }),
        app: { name: signing.app.name },
        username,
        again,
        notYouHref: `/signin/${signing.uid}?other=1`,
        resetHref: "/reset",
      },
      { ...pageOptions(signing), ...(status === undefined ? {} : { status }) },
    );
  }

  async function showConsent(ctx: Context, signing: OpenSignIn): Promise<void> {
    const user = signing.userId === undefined ? undefined : await selectUser(house.db, signing.userId);
    await showPage(
      house,
      ctx,
      "signin-consent",
      {
        form: formTo(house, ctx, `/signin/${signing.uid}/consent`),
        app: { name: signing.app.name },
        account: user?.email ?? user?.username ?? "",
        scopes: signing.scopes.map((name) => ({ name })),
      },
      { ...pageOptions(signing), ...(user?.locale == null ? {} : { userLocale: user.locale }) },
    );
  }

  async function showChange(ctx: Context, signing: OpenSignIn, ticket: string, errors?: FieldError[]): Promise<void> {
    const due = readChangeTicket(house, ticket, signing.uid);
    const user = due === undefined ? undefined : await selectUser(house.db, due.userId);
    if (due === undefined || user === undefined) return await showName(ctx, signing);
    await showPage(
      house,
      ctx,
      "password-change",
      {
        form: formTo(house, ctx, `/signin/${signing.uid}/change`, {
          hidden: [{ name: "ticket", value: ticket }],
          ...(errors === undefined ? {} : { errors }),
        }),
        reason: due.reason,
        username: user.username ?? "",
        rules: await rulesFor(house, [user.username, user.given_name, user.family_name]),
        notYouHref: `/signin/${signing.uid}?other=1`,
      },
      { ...pageOptions(signing), userLocale: user.locale, ...(errors === undefined ? {} : { status: 422 }) },
    );
  }

  async function appOf(signing: OpenSignIn) {
    // Everybody who may sign in at all may look after the own account, so its pages are no app in this sense.
    if (signing.app.clientId === accountClientId) return {};
    const app = await selectAppByClientId(house.db, signing.app.clientId);
    return app === undefined ? {} : { app };
  }

  async function takePassword(ctx: Context, signing: OpenSignIn, fields: FormFields): Promise<void> {
    const login = (fields.get("username") ?? "").trim();
    if (login === "") return await showName(ctx, signing);
    const from = { ...(await appOf(signing)), requestId: factsOf(ctx).requestId, ...networkOf(ctx) };
    let signedIn: SignedIn;
    try {
      signedIn = await signIn(house, throttle, { login, password: fields.get("password") ?? "", ...from });
    } catch (error) {
      if (error instanceof Failure) metrics.signIns.inc({ outcome: error.code });
      return await refuse(ctx, signing, login, error);
    }
    if (signedIn.mustChange !== null) {
      return await showChange(ctx, signing, writeChangeTicket(house, signing.uid, signedIn));
    }
    await finish(ctx, signing, signedIn);
  }

  async function refuse(ctx: Context, signing: OpenSignIn, login: string, error: unknown): Promise<void> {
    if (error instanceof Failure && (error.code === "signin.disabled" || error.code === "signin.blocked")) {
      const reason = error.code === "signin.disabled" ? "disabled" : "blocked";
      const more = reason === "blocked" ? { accountHref: "/account/" } : {};
      return await showPage(
        house,
        ctx,
        "signin-refused",
        {
          reason,
          app: { name: signing.app.name },
          account: login,
          otherAccountHref: `/signin/${signing.uid}?other=1`,
          ...more,
        },
        { ...pageOptions(signing), status: error.status },
      );
    }
    if (error instanceof Failure && error.retryAfterSeconds !== undefined) throw error;
    const errors = errorsOf(error, ctx, { uiLocales: signing.uiLocales });
    await showPassword(ctx, signing, login, { errors, status: 401 });
  }

  async function takeNewPassword(ctx: Context, signing: OpenSignIn, fields: FormFields): Promise<void> {
    const ticket = fields.get("ticket") ?? "";
    let signedIn: SignedIn | undefined;
    try {
      signedIn = await changeDuringSignIn(house, {
        ticket,
        attempt: signing.uid,
        password: fields.get("new_password") ?? "",
        requestId: factsOf(ctx).requestId,
        ...networkOf(ctx),
      });
    } catch (error) {
      return await showChange(ctx, signing, ticket, errorsOf(error, ctx, { uiLocales: signing.uiLocales }));
    }
    // The ticket is old or was used: back to the password.
    if (signedIn === undefined) return await showName(ctx, signing);
    await finish(ctx, signing, signedIn);
  }

  async function finish(ctx: Context, signing: OpenSignIn, { userId, displayName }: SignedIn): Promise<void> {
    const amr = ["pwd"];
    const from = { ...(await appOf(signing)), requestId: factsOf(ctx).requestId, ...networkOf(ctx) };
    const done = await finishSignIn(oidc, ctx, signing.uid, { userId, amr }, async () => {
      await completeSignIn(house, { userId, displayName, amr, ...from });
    });
    if ("state" in done) return await showEnded(ctx, done);
    metrics.signIns.inc({ outcome: "success" });
    leave(ctx, done.location);
  }

  async function takeConsent(ctx: Context, uid: string, fields: FormFields): Promise<void> {
    const isAllowed = fields.get("decision") === "allow";
    const done = isAllowed ? await finishConsent(oidc, ctx, uid) : await denySignIn(oidc, ctx, uid);
    if ("state" in done) return await showEnded(ctx, done);
    leave(ctx, done.location);
  }

  return {
    async show(ctx, uid) {
      const signing = await open(ctx, uid);
      if (signing === undefined) return;
      if (signing.prompt === "consent") return await showConsent(ctx, signing);
      // Somebody who is signed in is asked once more: the name is known (max_age, prompt=login).
      const known =
        signing.userId === undefined || ctx.query["other"] !== undefined
          ? undefined
          : await selectUser(house.db, signing.userId);
      if (known?.username != null) return await showPassword(ctx, signing, known.username, { again: true });
      await showName(ctx, signing);
    },
    async post(ctx, uid, step) {
      const signing = await open(ctx, uid);
      if (signing === undefined) return;
      const fields = await readForm(house, ctx);
      if (signing.prompt === "consent") {
        return step === "consent" ? await takeConsent(ctx, uid, fields) : await showConsent(ctx, signing);
      }
      if (step === "name") {
        const username = (fields.get("username") ?? "").trim();
        return username === "" ? await showName(ctx, signing) : await showPassword(ctx, signing, username);
      }
      if (step === "password") return await takePassword(ctx, signing, fields);
      if (step === "change") return await takeNewPassword(ctx, signing, fields);
      await showName(ctx, signing);
    },
  };
}

/** 303, so that the browser fetches the next address and does not post the password on (RFC 9700 §4.12). */
function leave(ctx: Context, location: string): void {
  ctx.set("Cache-Control", "no-store");
  ctx.redirect(location);
  ctx.status = 303;
}
