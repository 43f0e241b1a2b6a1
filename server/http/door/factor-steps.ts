import type { Context } from "koa";
import { Failure, failure } from "../../contract/failure.ts";
import type { FactorKind } from "../../contract/users.ts";
import { factorKinds } from "../../contract/users.ts";
import { selectPasskeys } from "../../db/sql/passkeys.ts";
import { selectUser } from "../../db/sql/users.ts";
import type { UserRow } from "../../db/sql/users.ts";
import { newChallenge } from "../../factors/challenge.ts";
import { mailRefusal } from "../../factors/email-code.ts";
import { beginEnrolment, readEnrolment } from "../../factors/enroll-factor.ts";
import { readFactors } from "../../factors/read-factors.ts";
import type { ProofWay } from "../../factors/read-factors.ts";
import { qrOf } from "../../factors/totp.ts";
import { relyingPartyOf, requestOptions } from "../../factors/webauthn.ts";
import type { House } from "../../house.ts";
import type { OpenSignIn } from "../../oidc/finish-sign-in.ts";
import { readSetting } from "../../settings/read-settings.ts";
import type { Admitted } from "../../signin/admit-attempt.ts";
import { dropAttempt } from "../../signin/hold-attempt.ts";
import type { StepFrom } from "../../signin/step-from.ts";
import type { HeldAttempt } from "../../signin/hold-attempt.ts";
import {
  enrollAttempt,
  isCodeMailed,
  mailCode,
  offerAtStep,
  passCodes,
  proveAttempt,
  stepPlace,
} from "../../signin/prove-attempt.ts";
import type { Enrolling } from "../../signin/prove-attempt.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { FieldError, WayLink } from "../pages/page-views.ts";
import type { FormFields } from "../shell/read-body.ts";
import { showPage } from "../shell/show-page.ts";
import { errorsOf, formTo, nameOfBrowser } from "./fields.ts";
import { leave, otherAccount, pageOptions, stepFrom } from "./signing.ts";
import { veilAddress } from "./veil-address.ts";

/** A step of a sign-in: its page, and what it does with what was posted. */
export interface StepDoor {
  show(ctx: Context, signing: OpenSignIn, held: HeldAttempt, errors?: FieldError[]): Promise<void>;
  /** @returns how the sign-in goes on, or undefined after a page was shown */
  take(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    fields: FormFields,
    from: StepFrom,
  ): Promise<Admitted | undefined>;
}

/** The second factor: a passkey, a code of the authenticator app or by email, or a recovery code. */
export function factorStepDoor(house: House, throttle: Throttle): StepDoor {
  async function show(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    errors?: FieldError[],
    asked: unknown = ctx.query["way"],
  ): Promise<void> {
    const user = await selectUser(house.db, held.attempt.userId);
    const trustDays = await readSetting(house.db, "factors.trustDays");
    const ways = user === undefined ? [] : (await readFactors(house.db, user)).ways;
    const way = ways.find((one) => one === asked) ?? ways[0];
    // Codes by email were switched off meanwhile, and there was nothing else: the sign-in begins again.
    if (user === undefined || way === undefined) return await beginAgain(house, ctx, signing);
    const isMailed = way === "email" && (await isCodeMailed(house, signing.uid, held));
    const { options, ticket } = way === "passkey" ? await askPasskey(house, signing, held) : {};
    await showPage(
      house,
      ctx,
      "second-factor",
      {
        ...(trustDays > 0 ? { trustSeconds: trustDays * 86_400 } : {}),
        form: stepForm(house, ctx, signing, "factor", held, errors, { way, ticket }),
        account: user.username ?? "",
        way,
        isMailed,
        ...(options === undefined ? {} : { options }),
        ...(user.email === null ? {} : { address: veilAddress(user.email) }),
        notYouHref: otherAccount(signing),
        others: waysTo(
          signing,
          ways.filter((one) => one !== way),
        ),
      },
      stepOptions(signing, user, errors, way),
    );
  }

  async function sendCode(ctx: Context, signing: OpenSignIn, held: HeldAttempt, from: StepFrom): Promise<void> {
    const { held: now, errors } = await mail(house, throttle, ctx, signing, held, from);
    await show(ctx, signing, now, errors, "email");
  }

  return {
    async show(ctx, signing, held, errors) {
      const user = await selectUser(house.db, held.attempt.userId);
      const first = user && (await readFactors(house.db, user)).ways[0];
      // Whoever comes from the password gets the code at once; a page that is only looked at sends nothing.
      const isArriving = ctx.method === "POST" && first === "email" && errors === undefined;
      if (isArriving && !(await isCodeMailed(house, signing.uid, held))) {
        return await sendCode(ctx, signing, held, stepFrom(house, ctx, signing));
      }
      await show(ctx, signing, held, errors);
    },
    async take(ctx, signing, held, fields, from) {
      if (fields.get("send") !== undefined) {
        await sendCode(ctx, signing, held, from);
        return undefined;
      }
      const ways: readonly ProofWay[] = [...factorKinds, "recovery"];
      const way = ways.find((one) => one === fields.get("way")) ?? "totp";
      const answer = fields.get(way === "passkey" ? "answer" : "code") ?? "";
      const given = { way, answer, ticket: fields.get("ticket"), trust: fields.get("trust") === "yes" };
      const result = await proveAttempt(house, throttle, signing.uid, held, given, from);
      if (result !== undefined && !("wrong" in result)) return result;
      const errors = errorsOf(wrong(way), ctx, signing);
      await show(ctx, signing, result?.wrong ?? held, errors, way);
      return undefined;
    },
  };

  async function askPasskey(at: House, signing: OpenSignIn, held: HeldAttempt) {
    const party = relyingPartyOf(at.config.issuer);
    const { userId } = held.attempt;
    const place = stepPlace(signing.uid, held);
    const { challenge, ticket } = newChallenge(at.keyring, { use: "prove", place, userId }, at.now());
    const known = await selectPasskeys(at.db, userId);
    // Where the house has no name, the browser refuses and says so.
    const options = party === undefined ? {} : await requestOptions(party, challenge, known);
    return { options: JSON.stringify(options), ticket };
  }
}

/** A factor is set up, because one is required and there is none. */
export function enrollStepDoor(house: House, throttle: Throttle): StepDoor {
  async function show(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    errors?: FieldError[],
    given: { way?: string | undefined; ticket?: string; name?: string } = {},
  ): Promise<void> {
    const { userId } = held.attempt;
    const user = await selectUser(house.db, userId);
    if (user === undefined) return await beginAgain(house, ctx, signing);
    const ways = await enrollable(house, user);
    const way = ways.find((one) => one === (given.way ?? ctx.query["way"])) ?? "totp";
    const options = stepOptions(signing, user, errors, way);
    const common = (ticket?: string) => ({
      form: stepForm(house, ctx, signing, "enroll", held, errors, { way, ticket }),
      account: user.username ?? "",
      isRequired: true,
      notYouHref: otherAccount(signing),
      others: waysTo(
        signing,
        ways.filter((one) => one !== way),
      ),
    });
    if (way === "passkey") {
      const offer = await offerAtStep(house, signing.uid, held, stepFrom(house, ctx, signing));
      const name = given.name ?? nameOfBrowser(ctx, user);
      const view = { ...common(offer?.ticket), name, options: JSON.stringify(offer?.options ?? {}) };
      return await showPage(house, ctx, "passkey-enroll", view, options);
    }
    if (way === "email") {
      const isMailed = await isCodeMailed(house, signing.uid, held);
      return await showPage(house, ctx, "email-enroll", { ...common(), address: user.email ?? "", isMailed }, options);
    }
    const now = house.now();
    const known = given.ticket && readEnrolment(house.keyring, given.ticket, userId, signing.uid, now);
    const { ticket, secret } = known || beginEnrolment(house.keyring, userId, signing.uid, now, true);
    const qr = qrOf(secret, user.username ?? "", await readSetting(house.db, "organization.name"));
    await showPage(house, ctx, "factor-enroll", { ...common(ticket), secret, qr }, options);
  }

  return {
    show: async (ctx, signing, held, errors) => await show(ctx, signing, held, errors),
    async take(ctx, signing, held, fields, from) {
      const way = factorKinds.find((one) => one === fields.get("way")) ?? "totp";
      const given = { way, ticket: fields.get("ticket") ?? "", name: fields.get("name") ?? "" };
      if (way === "email" && fields.get("send") !== undefined) {
        const mailed = await mail(house, throttle, ctx, signing, held, from);
        await show(ctx, signing, mailed.held, mailed.errors, { way });
        return undefined;
      }
      try {
        const done = await enrollAttempt(house, throttle, signing.uid, held, enrolling(way, fields), from);
        if (done === undefined) await show(ctx, signing, held, undefined, { way });
        else if ("wrong" in done) await show(ctx, signing, done.wrong, errorsOf(wrong(way), ctx, signing), { way });
        else if (!("held" in done.next) || done.codes.length === 0) return done.next;
        else await showCodes(house, ctx, signing, done.next.held, done.codes);
      } catch (error) {
        // A refusal leaves the attempt as it was, its turn included.
        if (!(error instanceof Failure) || !error.code.startsWith("factor.")) throw error;
        await show(ctx, signing, held, errorsOf(error, ctx, signing), given);
      }
      return undefined;
    },
  };
}

function enrolling(way: FactorKind, fields: FormFields): Enrolling {
  const code = fields.get("code") ?? "";
  const ticket = fields.get("ticket") ?? "";
  if (way === "email") return { way, code };
  if (way === "totp") return { way, ticket, code };
  return { way, ticket, answer: fields.get("answer") ?? "", name: fields.get("name") ?? "" };
}

/** Kinds of factors that somebody who has none can set up. */
async function enrollable(house: House, user: UserRow): Promise<FactorKind[]> {
  const hasEmail = (await mailRefusal(house.db, user, house.now())) === undefined;
  const hasPasskeys = relyingPartyOf(house.config.issuer) !== undefined;
  return ["totp", ...(hasPasskeys ? (["passkey"] as const) : []), ...(hasEmail ? (["email"] as const) : [])];
}

/** The recovery codes that were just made. They are shown once; who comes back finds only the way on. */
export function codesStepDoor(house: House): StepDoor {
  return {
    show: async (ctx, signing, held) => await showCodes(house, ctx, signing, held, []),
    async take(ctx, signing, held, _fields, from) {
      const done = await passCodes(house, signing.uid, held, from);
      if (done === undefined) await showCodes(house, ctx, signing, held, []);
      return done;
    },
  };
}

async function showCodes(
  house: House,
  ctx: Context,
  signing: OpenSignIn,
  held: HeldAttempt,
  codes: readonly string[],
): Promise<void> {
  const user = await selectUser(house.db, held.attempt.userId);
  const form = stepForm(house, ctx, signing, "codes", held);
  await showPage(house, ctx, "recovery-codes", { form, codes }, stepOptions(signing, user));
}

/** Sends a code by email; where none goes, the page says why. */
async function mail(
  house: House,
  throttle: Throttle,
  ctx: Context,
  signing: OpenSignIn,
  held: HeldAttempt,
  from: StepFrom,
): Promise<{ held: HeldAttempt; errors?: FieldError[] }> {
  try {
    return { held: (await mailCode(house, throttle, signing.uid, held, from)) ?? held };
  } catch (error) {
    return { held, errors: errorsOf(error, ctx, signing) };
  }
}

async function beginAgain(house: House, ctx: Context, signing: OpenSignIn): Promise<void> {
  await dropAttempt(house.db, signing.uid);
  leave(ctx, otherAccount(signing));
}

function wrong(way: ProofWay): Failure {
  if (way === "passkey") return failure("passkey.refused");
  return failure(way === "email" ? "factor.wrongMailCode" : "factor.wrongCode", { field: "code" });
}

function waysTo(signing: OpenSignIn, ways: readonly WayLink["way"][]): WayLink[] {
  return ways.map((way) => ({ way, href: `/signin/${signing.uid}?way=${way}` }));
}

function stepForm(
  house: House,
  ctx: Context,
  signing: OpenSignIn,
  step: string,
  held: HeldAttempt,
  errors?: FieldError[],
  more: { way?: string; ticket?: string | undefined } = {},
) {
  const hidden = Object.entries({ turn: held.turn, ...more }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  );
  return formTo(house, ctx, `/signin/${signing.uid}/${step}`, { hidden, ...(errors === undefined ? {} : { errors }) });
}

/** @param way kept in the address, so that another language shows the same page */
function stepOptions(
  signing: OpenSignIn,
  user: { locale: string | null } | undefined,
  errors?: FieldError[],
  way?: string,
) {
  return {
    ...pageOptions(signing),
    userLocale: user?.locale ?? null,
    ...(way === undefined ? {} : { here: `/signin/${signing.uid}?way=${way}` }),
    ...(errors === undefined ? {} : { status: 401 }),
  };
}
