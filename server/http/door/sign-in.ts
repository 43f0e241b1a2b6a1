import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import type { FailureCode } from "../../contract/failure.ts";
import { selectButtons, selectConnection, selectConnectionOfDomain } from "../../db/sql/connections.ts";
import { selectUser } from "../../db/sql/users.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { House } from "../../house.ts";
import type { UserId } from "../../kernel/ids.ts";
import { denySignIn, finishConsent, readInteraction } from "../../oidc/finish-sign-in.ts";
import type { OpenSignIn } from "../../oidc/finish-sign-in.ts";
import { isPasskeyOffered, signInWithPasskey } from "../../signin/sign-in-with-passkey.ts";
import { newChallenge } from "../../factors/challenge.ts";
import { relyingPartyOf, requestOptions } from "../../factors/webauthn.ts";
import { factorFor } from "../../signin/prove-attempt.ts";
import { signIn } from "../../signin/sign-in.ts";
import type { SignedIn } from "../../signin/sign-in.ts";
import { beginAttempt, unproven } from "../../signin/attempt.ts";
import type { Attempt } from "../../signin/attempt.ts";
import { dropAttempt } from "../../signin/hold-attempt.ts";
import { changeDuringSignIn, readChangeTicket, writeChangeTicket } from "../../signin/change-due-password.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { FieldError, PasskeyForm } from "../pages/page-views.ts";
import type { Shared } from "../shell/mount.ts";
import { readForm } from "../shell/read-body.ts";
import type { FormFields } from "../shell/read-body.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { showPage } from "../shell/show-page.ts";
import { errorsOf, formTo, rulesFor } from "./fields.ts";
import { leave, otherAccount, pageOptions, showEnded, stepFrom } from "./signing.ts";
import { signInSteps } from "./steps.ts";

/** Reasons to ask that a second factor alone does away with. */
const weak = new Set(["factor_required", "essential_acr", "essential_acrs"]);

/** Refusals after the right password, and the reason that their page gives. */
const refusals = new Map<FailureCode, "disabled" | "blocked" | "passwordExpired">([
  ["signin.disabled", "disabled"],
  ["signin.blocked", "blocked"],
  ["signin.passwordExpired", "passwordExpired"],
]);

/** A password that was given longer ago is asked for again before a factor. */
const freshHours = 12;

/** The pages of a sign-in: name, password, a new password where one is due, consent. */
export interface SignInDoor {
  /** The step that is waited for. */
  show(ctx: Context, uid: string): Promise<void>;
  /** Says to the script of a page whether the sign-in still waits. */
  showState(ctx: Context, uid: string): Promise<void>;
  /** Takes what a step posted. */
  post(ctx: Context, uid: string, step: string): Promise<void>;
}

export function signInDoor(house: House, shared: Shared, throttle: Throttle): SignInDoor {
  const { oidc, metrics } = shared;
  const steps = signInSteps(house, shared, throttle);

  /** The sign-in that the address names, or undefined after the page that says why it cannot go on. */
  async function open(ctx: Context, uid: string): Promise<OpenSignIn | undefined> {
    const found = await readInteraction(oidc, ctx, uid);
    if (found.state === "open") return found;
    await showEnded(house, ctx, found);
    return undefined;
  }

  async function showName(
    ctx: Context,
    signing: OpenSignIn,
    username = signing.loginHint,
    errors?: FieldError[],
    status = 422,
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
        ...(await passkeyOf(ctx, signing)),
        connections: (await selectButtons(house.db)).map(({ id, name }) => ({
          name,
          href: `/signin/${signing.uid}/sso/${id}`,
        })),
      },
      { ...pageOptions(signing), ...(errors === undefined ? {} : { status }) },
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
        notYouHref: otherAccount(signing),
        resetHref: "/reset",
        ...(await passkeyOf(ctx, signing)),
      },
      { ...pageOptions(signing), ...(status === undefined ? {} : { status }) },
    );
  }

  /** The form that signs in with a passkey instead, where that is offered. */
  async function passkeyOf(ctx: Context, signing: OpenSignIn): Promise<{ passkey?: PasskeyForm }> {
    const party = relyingPartyOf(house.config.issuer);
    if (party === undefined || !isPasskeyOffered(house, signing.settings)) return {};
    const ceremony = { use: "signIn" as const, place: signing.uid, userId: null };
    const { challenge, ticket } = newChallenge(house.keyring, ceremony, house.now());
    const form = formTo(house, ctx, `/signin/${signing.uid}/passkey`, { hidden: [{ name: "ticket", value: ticket }] });
    return { passkey: { form, options: JSON.stringify(await requestOptions(party, challenge)) } };
  }

  async function takePasskey(ctx: Context, signing: OpenSignIn, fields: FormFields): Promise<void> {
    const from = stepFrom(house, ctx, signing);
    let attempt: Attempt;
    try {
      const ticket = fields.get("ticket") ?? "";
      const answer = fields.get("answer") ?? "";
      attempt = await signInWithPasskey(house, throttle, { ...from, uid: signing.uid, ticket, answer });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      metrics.signIns.inc({ outcome: error.code });
      if (error.code !== "passkey.refused")
        return await refuse(ctx, signing, String(error.data["account"] ?? ""), error);
      const errors = errorsOf(error, ctx, signing);
      const known = await knownUser(signing);
      if (known?.username == null) return await showName(ctx, signing, undefined, errors, 401);
      return await showPassword(ctx, signing, known.username, { again: true, errors, status: 401 });
    }
    await steps.goOn(ctx, signing, attempt);
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
        scopes: signing.scopes,
      },
      { ...pageOptions(signing), ...(user?.locale == null ? {} : { userLocale: user.locale }) },
    );
  }

  async function showNoAccess(ctx: Context, signing: OpenSignIn): Promise<void> {
    const user = signing.userId === undefined ? undefined : await selectUser(house.db, signing.userId);
    await showPage(
      house,
      ctx,
      "signin-refused",
      {
        reason: "noAccess",
        app: { name: signing.app.name },
        account: user?.email ?? user?.username ?? "",
        otherAccountHref: otherAccount(signing),
        leave: formTo(house, ctx, `/signin/${signing.uid}/leave`),
        isElsewhere: signing.redirectUri === undefined,
      },
      { ...pageOptions(signing), status: 403, ...(user?.locale == null ? {} : { userLocale: user.locale }) },
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
        notYouHref: otherAccount(signing),
      },
      { ...pageOptions(signing), userLocale: user.locale, ...(errors === undefined ? {} : { status: 422 }) },
    );
  }

  /** Sends an address of a connection's domain there, whether or not there is such an account. */
  async function routeUpstream(ctx: Context, signing: OpenSignIn, typed: string): Promise<boolean> {
    const domain = /^[^@]+@([^@\0]+)$/.exec(typed)?.[1]?.toLowerCase();
    const id = domain === undefined ? undefined : await selectConnectionOfDomain(house.db, domain);
    const connection = id === undefined ? undefined : await selectConnection(house.db, id);
    if (connection === undefined) return false;
    const href = `/signin/${signing.uid}/sso/${connection.id}?login=${encodeURIComponent(typed)}`;
    // Not a redirect: the policy for forms would have to name every provider that one may lead to.
    ctx.set("Refresh", `0; url=${href}`);
    const view = { connection: { name: connection.name }, href, otherAccountHref: otherAccount(signing) };
    await showPage(house, ctx, "signin-upstream", view, pageOptions(signing));
    return true;
  }

  async function takePassword(ctx: Context, signing: OpenSignIn, fields: FormFields): Promise<void> {
    const login = (fields.get("username") ?? "").trim();
    if (login === "") return await showName(ctx, signing);
    const from = stepFrom(house, ctx, signing);
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
    await begin(ctx, signing, signedIn);
  }

  async function refuse(ctx: Context, signing: OpenSignIn, login: string, error: unknown): Promise<void> {
    const reason = error instanceof Failure ? refusals.get(error.code) : undefined;
    if (error instanceof Failure && reason !== undefined) {
      const more = reason === "blocked" ? { accountHref: "/account/" } : {};
      return await showPage(
        house,
        ctx,
        "signin-refused",
        {
          reason,
          app: { name: signing.app.name },
          account: login,
          otherAccountHref: otherAccount(signing),
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
    await begin(ctx, signing, signedIn);
  }

  /** Whoever is signed in already and is asked once more (max_age, prompt=login). */
  async function knownUser({ userId }: OpenSignIn): Promise<UserRow | undefined> {
    return userId === undefined ? undefined : await selectUser(house.db, userId);
  }

  /** Goes on after the right password: to the second factor where one is due, or to the end. */
  async function begin(ctx: Context, signing: OpenSignIn, signedIn: SignedIn): Promise<void> {
    const factor = await dueFactor(ctx, signing, signedIn.userId, signedIn.found);
    if (factor !== undefined) await steps.goOn(ctx, signing, beginAttempt(signedIn, factor));
    else await showName(ctx, signing);
  }

  async function dueFactor(ctx: Context, signing: OpenSignIn, userId: UserId, found?: SignedIn["found"]) {
    const user = found?.user ?? (await selectUser(house.db, userId));
    const from = stepFrom(house, ctx, signing);
    const insists = signing.reasons.some((reason) => reason.startsWith("essential_acr"));
    return user && (await factorFor(house, user, { requires: from.app?.requireFactor === true, insists }, from, found));
  }

  /**
   * Whoever is signed in and only lacks the factor that the app wants is asked for it alone, as long as the sign-in is
   * of today.
   *
   * @returns false when the password is asked for first
   */
  async function stepUp(ctx: Context, signing: OpenSignIn): Promise<boolean> {
    const { signedIn, userId, reasons } = signing;
    if (signedIn === undefined || userId === undefined || !reasons.every((reason) => weak.has(reason))) return false;
    if (Date.now() - signedIn.at.getTime() > freshHours * 3_600_000) return false;
    const user = await selectUser(house.db, userId);
    const factor = await dueFactor(ctx, signing, userId);
    if (user === undefined || factor === undefined || factor === "none") return false;
    const { amr } = signedIn;
    const attempt = { userId, displayName: user.display_name, credentialId: null, amr, factor };
    await steps.goOn(ctx, signing, { ...unproven, ...attempt });
    return true;
  }

  async function takeConsent(ctx: Context, signing: OpenSignIn, fields: FormFields): Promise<void> {
    if (fields.get("decision") !== "allow") return await decline(ctx, signing);
    const done = await finishConsent(oidc, signing);
    if ("state" in done) return await showEnded(house, ctx, done);
    leave(ctx, done.location);
  }

  async function decline(ctx: Context, signing: OpenSignIn): Promise<void> {
    const done = await denySignIn(oidc, signing);
    if ("state" in done) return await showEnded(house, ctx, done);
    leave(ctx, done.location);
  }

  return {
    async show(ctx, uid) {
      const signing = await open(ctx, uid);
      if (signing === undefined) return;
      if (signing.prompt === "consent") return await showConsent(ctx, signing);
      const isOther = ctx.query["other"] !== undefined;
      if (isOther) await dropAttempt(house.db, uid);
      else if (await steps.show(ctx, signing)) return;
      else if (signing.prompt === "access") return await showNoAccess(ctx, signing);
      else if (await stepUp(ctx, signing)) return;
      const known = isOther ? undefined : await knownUser(signing);
      if (known?.username != null) return await showPassword(ctx, signing, known.username, { again: true });
      await showName(ctx, signing);
    },
    async showState(ctx, uid) {
      const found = await readInteraction(oidc, ctx, uid);
      ctx.set("Cache-Control", "no-store");
      ctx.body = { isWaiting: found.state === "open" && (await steps.isWaiting(found)) };
    },
    async post(ctx, uid, step) {
      const signing = await open(ctx, uid);
      if (signing === undefined) return;
      const fields = await readForm(house, ctx);
      if (signing.prompt === "consent") {
        return step === "consent" ? await takeConsent(ctx, signing, fields) : await showConsent(ctx, signing);
      }
      if (signing.prompt === "access" && step === "leave") return await decline(ctx, signing);
      if (step === "name") {
        const username = (fields.get("username") ?? "").trim();
        if (username === "") return await showName(ctx, signing);
        if (!(await routeUpstream(ctx, signing, username))) await showPassword(ctx, signing, username);
        return;
      }
      if (step === "passkey") return await takePasskey(ctx, signing, fields);
      if (step === "password") return await takePassword(ctx, signing, fields);
      if (await steps.post(ctx, signing, step, fields)) return;
      if (step === "change") return await takeNewPassword(ctx, signing, fields);
      await showName(ctx, signing);
    },
  };
}
