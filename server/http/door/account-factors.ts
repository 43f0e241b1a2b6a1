import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import type { Work } from "../../db/work.ts";
import { beginEnrolment, enrollFactor, readEnrolment, renewCodes } from "../../factors/enroll-factor.ts";
import { removeFactors } from "../../factors/remove-factors.ts";
import { qrOf } from "../../factors/totp.ts";
import type { House } from "../../house.ts";
import type { BrowserSession } from "../../oidc/read-session.ts";
import { readSetting } from "../../settings/read-settings.ts";
import { beginCode } from "../../signin/throttle.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { FieldError } from "../pages/page-views.ts";
import type { FormFields } from "../shell/read-body.ts";
import { readForm } from "../shell/read-body.ts";
import { showPage } from "../shell/show-page.ts";
import { errorsOf, formTo } from "./fields.ts";
import { leave } from "./signing.ts";

/** The own second factor: add, remove, new recovery codes. */
export interface AccountFactors {
  add(ctx: Context): Promise<void>;
  postAdd(ctx: Context): Promise<void>;
  remove(ctx: Context): Promise<void>;
  renewCodes(ctx: Context): Promise<void>;
}

/** Who is in front of the own pages and has proven it lately; undefined after the way to do so was shown. */
export interface FreshVisitor {
  session: BrowserSession;
  username: string;
  locale: string | null;
  run<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
}

export function accountFactors(
  house: House,
  throttle: Throttle,
  visitFresh: (ctx: Context) => Promise<FreshVisitor | undefined>,
): AccountFactors {
  async function showAdd(ctx: Context, visitor: FreshVisitor, errors?: FieldError[], ticket?: string): Promise<void> {
    const { session, username, locale } = visitor;
    const now = house.now();
    const known = ticket && readEnrolment(house.keyring, ticket, session.userId, session.id, now);
    const enrolment = known || beginEnrolment(house.keyring, session.userId, session.id, now);
    await showPage(
      house,
      ctx,
      "factor-enroll",
      {
        form: formTo(house, ctx, "/account/factors/add", {
          hidden: [{ name: "ticket", value: enrolment.ticket }],
          ...(errors === undefined ? {} : { errors }),
        }),
        account: username,
        isRequired: false,
        secret: enrolment.secret,
        qr: qrOf(enrolment.secret, username, await readSetting(house.db, "organization.name")),
        backHref: "/account/",
      },
      { userLocale: locale, here: "/account/factors/add", ...(errors === undefined ? {} : { status: 422 }) },
    );
  }

  async function showCodes(ctx: Context, { locale }: FreshVisitor, codes: readonly string[]): Promise<void> {
    await showPage(
      house,
      ctx,
      "recovery-codes",
      { codes, continueHref: "/account/" },
      { userLocale: locale, here: "/account/" },
    );
  }

  /** Reads the form before anything else: it says whether the request is the person's own. */
  async function posted(ctx: Context): Promise<{ visitor: FreshVisitor; fields: FormFields } | undefined> {
    const fields = await readForm(house, ctx);
    const visitor = await visitFresh(ctx);
    return visitor && { visitor, fields };
  }

  return {
    async add(ctx) {
      const visitor = await visitFresh(ctx);
      if (visitor !== undefined) await showAdd(ctx, visitor);
    },
    async postAdd(ctx) {
      const got = await posted(ctx);
      if (got === undefined) return;
      const { visitor, fields } = got;
      const { session } = visitor;
      const ticket = fields.get("ticket") ?? "";
      const enrolment = readEnrolment(house.keyring, ticket, session.userId, session.id, house.now());
      if (enrolment === undefined) return await showAdd(ctx, visitor);
      const leaveToTry = await beginCode(throttle, session.userId);
      try {
        const code = fields.get("code") ?? "";
        const codes = await visitor.run(
          async (work) => await enrollFactor(work, house.keyring, session.userId, enrolment, code),
        );
        await leaveToTry.succeed();
        await showCodes(ctx, visitor, codes);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "factor.wrongCode") throw error;
        await showAdd(ctx, visitor, errorsOf(error, ctx, { userLocale: visitor.locale }), ticket);
      }
    },
    async remove(ctx) {
      const got = await posted(ctx);
      if (got === undefined) return;
      await got.visitor.run(async (work) => await removeFactors(work, got.visitor.session.userId));
      leave(ctx, "/account/?done=factorRemoved");
    },
    async renewCodes(ctx) {
      const got = await posted(ctx);
      if (got === undefined) return;
      const { visitor } = got;
      const codes = await visitor.run(async (work) => await renewCodes(work, house.keyring, visitor.session.userId));
      await showCodes(ctx, visitor, codes);
    },
  };
}
