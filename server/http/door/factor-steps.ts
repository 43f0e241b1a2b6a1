import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import { selectUser } from "../../db/sql/users.ts";
import { beginEnrolment, readEnrolment } from "../../factors/enroll-factor.ts";
import type { ProofWay } from "../../factors/prove-factor.ts";
import { qrOf } from "../../factors/totp.ts";
import type { House } from "../../house.ts";
import type { OpenSignIn } from "../../oidc/finish-sign-in.ts";
import { readSetting } from "../../settings/read-settings.ts";
import type { Admitted } from "../../signin/admit-attempt.ts";
import type { StepFrom } from "../../signin/step-from.ts";
import type { HeldAttempt } from "../../signin/hold-attempt.ts";
import { enrollAttempt, passCodes, proveAttempt } from "../../signin/prove-attempt.ts";
import type { Throttle } from "../../signin/throttle.ts";
import { failure } from "../../contract/failure.ts";
import type { FieldError } from "../pages/page-views.ts";
import type { FormFields } from "../shell/read-body.ts";
import { showPage } from "../shell/show-page.ts";
import { errorsOf, formTo } from "./fields.ts";
import { otherAccount, pageOptions } from "./signing.ts";

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

/** The second factor: a code of the authenticator app, or a recovery code. */
export function factorStepDoor(house: House, throttle: Throttle): StepDoor {
  async function show(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    errors?: FieldError[],
    way: ProofWay = ctx.query["way"] === "recovery" ? "recovery" : "totp",
  ): Promise<void> {
    const user = await selectUser(house.db, held.attempt.userId);
    const trustDays = await readSetting(house.db, "factors.trustDays");
    await showPage(
      house,
      ctx,
      "second-factor",
      {
        ...(trustDays > 0 ? { trustSeconds: trustDays * 86_400 } : {}),
        form: stepForm(house, ctx, signing, "factor", held, errors, [{ name: "way", value: way }]),
        account: user?.username ?? "",
        way,
        notYouHref: otherAccount(signing),
        otherWayHref: `/signin/${signing.uid}?way=${way === "totp" ? "recovery" : "totp"}`,
      },
      stepOptions(signing, user, errors),
    );
  }
  return {
    show: async (ctx, signing, held, errors) => await show(ctx, signing, held, errors),
    async take(ctx, signing, held, fields, from) {
      const way: ProofWay = fields.get("way") === "recovery" ? "recovery" : "totp";
      const code = fields.get("code") ?? "";
      const trust = fields.get("trust") === "yes";
      const result = await proveAttempt(house, throttle, signing.uid, held, { way, code, trust }, from);
      if (result !== undefined && !("wrong" in result)) return result;
      const errors = errorsOf(failure("factor.wrongCode", { field: "code" }), ctx, signing);
      await show(ctx, signing, result?.wrong ?? held, errors, way);
      return undefined;
    },
  };
}

/** An authenticator app is set up, because one is required and there is none. */
export function enrollStepDoor(house: House, throttle: Throttle): StepDoor {
  async function show(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    errors?: FieldError[],
    ticket?: string,
  ): Promise<void> {
    const { userId } = held.attempt;
    const now = house.now();
    const user = await selectUser(house.db, userId);
    const known = ticket === undefined ? undefined : readEnrolment(house.keyring, ticket, userId, signing.uid, now);
    const enrolment = known ?? beginEnrolment(house.keyring, userId, signing.uid, now);
    await showPage(
      house,
      ctx,
      "factor-enroll",
      {
        form: stepForm(house, ctx, signing, "enroll", held, errors, [{ name: "ticket", value: enrolment.ticket }]),
        account: user?.username ?? "",
        isRequired: true,
        secret: enrolment.secret,
        qr: qrOf(enrolment.secret, user?.username ?? "", await readSetting(house.db, "organization.name")),
      },
      stepOptions(signing, user, errors),
    );
  }
  return {
    show: async (ctx, signing, held, errors) => await show(ctx, signing, held, errors),
    async take(ctx, signing, held, fields, from) {
      const ticket = fields.get("ticket") ?? "";
      const code = fields.get("code") ?? "";
      try {
        const done = await enrollAttempt(house, throttle, signing.uid, held, { ticket, code }, from);
        if (done === undefined) await show(ctx, signing, held);
        else await showCodes(house, ctx, signing, done.held, done.codes);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "factor.wrongCode") throw error;
        await show(ctx, signing, held, errorsOf(error, ctx, signing), ticket);
      }
      return undefined;
    },
  };
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

function stepForm(
  house: House,
  ctx: Context,
  signing: OpenSignIn,
  step: string,
  held: HeldAttempt,
  errors?: FieldError[],
  hidden: { name: string; value: string }[] = [],
) {
  return formTo(house, ctx, `/signin/${signing.uid}/${step}`, {
    hidden: [{ name: "turn", value: held.turn }, ...hidden],
    ...(errors === undefined ? {} : { errors }),
  });
}

function stepOptions(signing: OpenSignIn, user: { locale: string | null } | undefined, errors?: FieldError[]) {
  return {
    ...pageOptions(signing),
    userLocale: user?.locale ?? null,
    ...(errors === undefined ? {} : { status: 401 }),
  };
}
