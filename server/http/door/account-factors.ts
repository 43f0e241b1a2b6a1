import type { Context } from "koa";
import { Failure, failure } from "../../contract/failure.ts";
import { factorKinds } from "../../contract/users.ts";
import type { FactorKind } from "../../contract/users.ts";
import { selectPasskeys } from "../../db/sql/passkeys.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { Work } from "../../db/work.ts";
import { enrollEmail, isCodeSent, requireMailFactor, sendCode } from "../../factors/email-code.ts";
import { beginEnrolment, enrollFactor, readEnrolment, renewCodes } from "../../factors/enroll-factor.ts";
import { enrollPasskey, nameFactor, offerPasskey } from "../../factors/enroll-passkey.ts";
import { chooseDefault, removeFactor } from "../../factors/remove-factors.ts";
import { qrOf } from "../../factors/totp.ts";
import type { House } from "../../house.ts";
import type { BrowserSession } from "../../oidc/read-session.ts";
import { readSetting } from "../../settings/read-settings.ts";
import { beginCode, countCodeMail } from "../../signin/throttle.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { FieldError } from "../pages/page-views.ts";
import type { FormFields } from "../shell/read-body.ts";
import { readForm } from "../shell/read-body.ts";
import { showPage } from "../shell/show-page.ts";
import { errorsOf, formTo, nameOfBrowser } from "./fields.ts";
import { addPaths } from "./present-factors.ts";
import { leave } from "./signing.ts";

const root = "/account/factors";

/** The own second factors: add, name, choose, remove, new recovery codes. The list of them is in account.ts. */
export interface AccountFactors {
  /** Pages where something is added or named, by the last part of their address. */
  show(ctx: Context, page: string): Promise<void>;
  /** Takes what they posted. */
  post(ctx: Context, page: string): Promise<void>;
  showPasskey(ctx: Context, id: string): Promise<void>;
  rename(ctx: Context, id: string): Promise<void>;
  remove(ctx: Context, kind: FactorKind, id?: string): Promise<void>;
  choose(ctx: Context): Promise<void>;
  renewCodes(ctx: Context): Promise<void>;
}

/** Who is in front of the own pages and has proven it lately; undefined after the way to do so was shown. */
export interface FreshVisitor {
  session: BrowserSession;
  user: UserRow;
  run<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
}

export function accountFactors(
  house: House,
  throttle: Throttle,
  visitFresh: (ctx: Context) => Promise<FreshVisitor | undefined>,
): AccountFactors {
  const { keyring } = house;

  /** The page that adds a factor of a kind. */
  async function showAdd(
    ctx: Context,
    visitor: FreshVisitor,
    kind: FactorKind,
    errors?: FieldError[],
    typed: { ticket?: string; name?: string } = {},
  ): Promise<void> {
    const { session, user } = visitor;
    const options = optionsOf(visitor, `${root}/${addPaths[kind]}`, errors);
    const common = (ticket?: string) => ({
      form: formTo(house, ctx, `${root}/${addPaths[kind]}`, {
        hidden: ticket === undefined ? [] : [{ name: "ticket", value: ticket }],
        ...(errors === undefined ? {} : { errors }),
      }),
      account: user.username ?? "",
      isRequired: false,
      backHref: root,
      others: [],
    });
    if (kind === "passkey") {
      const offer = await visitor.run(async (work) => await offerPasskey(work, house, user.id, session.id));
      if (offer === undefined) throw failure("factor.off");
      const name = typed.name ?? nameOfBrowser(ctx, user);
      const view = { ...common(offer.ticket), name, options: JSON.stringify(offer.options) };
      return await showPage(house, ctx, "passkey-enroll", view, options);
    }
    if (kind === "email") {
      await visitor.run(async (work) => await requireMailFactor(work, user));
      const isMailed = await isCodeSent(house.db, user.id, session.id, house.now());
      return await showPage(house, ctx, "email-enroll", { ...common(), address: user.email ?? "", isMailed }, options);
    }
    const known = typed.ticket && readEnrolment(keyring, typed.ticket, user.id, session.id, house.now());
    const { ticket, secret } = known || beginEnrolment(keyring, user.id, session.id, house.now());
    const qr = qrOf(secret, user.username ?? "", await readSetting(house.db, "organization.name"));
    await showPage(house, ctx, "factor-enroll", { ...common(ticket), secret, qr }, options);
  }

  /**
   * Adds what was posted.
   *
   * @returns the recovery codes that were made with it; undefined when the page is to be shown again
   */
  async function add(visitor: FreshVisitor, kind: FactorKind, fields: FormFields): Promise<string[] | undefined> {
    const { session, user, run } = visitor;
    const ticket = fields.get("ticket") ?? "";
    const code = fields.get("code") ?? "";
    if (kind === "passkey") {
      const given = { place: session.id, ticket, response: fields.get("answer") ?? "", name: fields.get("name") ?? "" };
      return await run(async (work) => await enrollPasskey(work, house, user.id, given));
    }
    const enrolment = kind === "totp" ? readEnrolment(keyring, ticket, user.id, session.id, house.now()) : undefined;
    if (kind === "totp" && enrolment === undefined) return undefined;
    const leaveToTry = await beginCode(throttle, user.id);
    const codes = await run(async (work) =>
      enrolment === undefined
        ? await enrollEmail(work, keyring, user.id, session.id, code)
        : await enrollFactor(work, keyring, user.id, enrolment, code),
    );
    if (codes === undefined) throw failure("factor.wrongMailCode", { field: "code" });
    await leaveToTry.succeed();
    return codes;
  }

  async function mail(ctx: Context, visitor: FreshVisitor): Promise<void> {
    const { session, user } = visitor;
    try {
      await countCodeMail(throttle, user.id);
      await visitor.run(async (work) => {
        await requireMailFactor(work, user);
        await sendCode(work, house, user.id, session.id);
      });
    } catch (error) {
      return await showAdd(ctx, visitor, "email", errorsOf(error, ctx, { userLocale: user.locale }));
    }
    leave(ctx, `${root}/email`);
  }

  async function showCodes(ctx: Context, visitor: FreshVisitor, codes: readonly string[]): Promise<void> {
    await showPage(house, ctx, "recovery-codes", { codes, continueHref: root }, optionsOf(visitor, root));
  }

  async function showName(ctx: Context, visitor: FreshVisitor, id: string, errors?: FieldError[], typed?: string) {
    const passkey = (await selectPasskeys(house.db, visitor.user.id)).find((one) => one.id === id);
    if (passkey === undefined) throw failure("factor.missing");
    const here = `${root}/passkeys/${id}`;
    const form = formTo(house, ctx, here, errors === undefined ? {} : { errors });
    const view = { form, name: typed ?? passkey.name, backHref: root };
    await showPage(house, ctx, "account-passkey", view, optionsOf(visitor, here, errors));
  }

  /** Reads the form before anything else: it says whether the request is the person's own. */
  async function posted(ctx: Context): Promise<{ visitor: FreshVisitor; fields: FormFields } | undefined> {
    const fields = await readForm(house, ctx);
    const visitor = await visitFresh(ctx);
    return visitor && { visitor, fields };
  }

  return {
    async show(ctx, page) {
      const kind = kindOf(page);
      const visitor = await visitFresh(ctx);
      if (visitor !== undefined) await showAdd(ctx, visitor, kind);
    },
    async post(ctx, page) {
      const kind = kindOf(page);
      const got = await posted(ctx);
      if (got === undefined) return;
      const { visitor, fields } = got;
      if (kind === "email" && fields.get("send") !== undefined) return await mail(ctx, visitor);
      try {
        const codes = await add(visitor, kind, fields);
        if (codes === undefined) await showAdd(ctx, visitor, kind);
        else if (codes.length > 0) await showCodes(ctx, visitor, codes);
        else leave(ctx, `${root}?done=added`);
      } catch (error) {
        if (!(error instanceof Failure) || !error.code.startsWith("factor.") || error.code === "factor.off")
          throw error;
        const errors = errorsOf(error, ctx, { userLocale: visitor.user.locale });
        await showAdd(ctx, visitor, kind, errors, {
          ticket: fields.get("ticket") ?? "",
          name: fields.get("name") ?? "",
        });
      }
    },
    async showPasskey(ctx, id) {
      const visitor = await visitFresh(ctx);
      if (visitor !== undefined) await showName(ctx, visitor, id);
    },
    async rename(ctx, id) {
      const got = await posted(ctx);
      if (got === undefined) return;
      const { visitor } = got;
      const name = got.fields.get("name") ?? "";
      try {
        await visitor.run(async (work) => await nameFactor(work, visitor.user.id, id, name));
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "factor.nameInvalid") throw error;
        return await showName(ctx, visitor, id, errorsOf(error, ctx, { userLocale: visitor.user.locale }), name);
      }
      leave(ctx, `${root}?done=renamed`);
    },
    async remove(ctx, kind, id) {
      const got = await posted(ctx);
      if (got === undefined) return;
      const which = { kind, ...(id === undefined ? {} : { id }) };
      await got.visitor.run(async (work) => await removeFactor(work, got.visitor.user.id, which));
      leave(ctx, `${root}?done=removed`);
    },
    async choose(ctx) {
      const got = await posted(ctx);
      if (got === undefined) return;
      const kind = factorKinds.find((one) => one === got.fields.get("kind"));
      if (kind === undefined) throw failure("request.invalid");
      await got.visitor.run(async (work) => await chooseDefault(work, got.visitor.user.id, kind));
      leave(ctx, `${root}?done=chosen`);
    },
    async renewCodes(ctx) {
      const got = await posted(ctx);
      if (got === undefined) return;
      const { visitor } = got;
      const codes = await visitor.run(async (work) => await renewCodes(work, keyring, visitor.user.id));
      await showCodes(ctx, visitor, codes);
    },
  };
}

function kindOf(page: string): FactorKind {
  const kind = factorKinds.find((one) => addPaths[one] === page);
  if (kind === undefined) throw failure("request.unknownPath");
  return kind;
}

function optionsOf({ user }: FreshVisitor, here: string, errors?: FieldError[]) {
  return { userLocale: user.locale, here, ...(errors === undefined ? {} : { status: 422 }) };
}
