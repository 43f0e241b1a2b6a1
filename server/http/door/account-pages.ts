import type { Context } from "koa";
import { revokeApp } from "../../apps/revoke-app.ts";
import { readAttributes } from "../../attributes/read-attributes.ts";
import { readOwnEvents } from "../../audit/read-own-events.ts";
import { selectUsedApps } from "../../db/sql/app-list.ts";
import type { EventListRow } from "../../db/sql/event-list.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { Work } from "../../db/work.ts";
import type { House } from "../../house.ts";
import { placeName } from "../../kernel/places.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import type { BrowserSession } from "../../oidc/read-session.ts";
import { browserName } from "../../sessions/browser-name.ts";
import { readSetting } from "../../settings/read-settings.ts";
import { editableProfile, editProfile } from "../../users/edit-profile.ts";
import type { EditableProfile, ProfileChange } from "../../users/edit-profile.ts";
import { multiValues } from "../../users/emails.ts";
import { collectOwnData } from "../../users/own-data.ts";
import type { UserExtras } from "../../users/read-user.ts";
import type { FieldError, PageViews } from "../pages/page-views.ts";
import { readForm } from "../shell/read-body.ts";
import type { FormFields } from "../shell/read-body.ts";
import { formToken } from "../shell/same-origin.ts";
import { pickLocale, showPage } from "../shell/show-page.ts";
import { errorsOf, formTo } from "./fields.ts";
import { postedAttributes, showAttributes } from "./own-attributes.ts";
import { leave } from "./signing.ts";

const eventsOfPage = 25;

/** The person in front of a page; `run` does something as them. */
export interface OwnVisitor {
  session: BrowserSession;
  user: UserRow;
  extras: UserExtras;
  run<Result>(command: (work: Work) => Promise<Result>): Promise<Result>;
}

/** Everyone's own pages beside the first: profile, apps, activity, and all of it as a file (S8). */
export interface AccountPages {
  profile(ctx: Context): Promise<void>;
  postProfile(ctx: Context): Promise<void>;
  apps(ctx: Context): Promise<void>;
  revokeApp(ctx: Context, appId: string): Promise<void>;
  activity(ctx: Context): Promise<void>;
  data(ctx: Context): Promise<void>;
}

type Frame = Pick<PageViews["account-apps"], "clock" | "csrf" | "homeHref" | "signoutAction" | "consoleHref">;

/** @param visit the visitor, or undefined after the redirect to the sign-in */
export function accountPages(house: House, visit: (ctx: Context) => Promise<OwnVisitor | undefined>): AccountPages {
  async function frame(ctx: Context, user: UserRow): Promise<Frame> {
    const timeZone = user.time_zone ?? (await readSetting(house.db, "organization.timeZone"));
    return {
      clock: { timeZone, now: house.now() },
      csrf: formToken(house, ctx),
      homeHref: "/account/",
      signoutAction: "/account/sign-out",
      ...(user.role_permissions.length > 0 ? { consoleHref: "/admin/" } : {}),
    };
  }

  async function showProfile(
    ctx: Context,
    { user, run }: OwnVisitor,
    given?: { fields: FormFields; errors: FieldError[] },
  ): Promise<void> {
    const [may, attributes] = await run(async (work) => [
      await editableProfile(work, user, work.now),
      await readAttributes(work.tx),
    ]);
    const typed = (name: string, saved: string) => given?.fields.get(name) ?? saved;
    const chosen = typed("locale", user.locale ?? "");
    await showPage(
      house,
      ctx,
      "account-profile",
      {
        ...(await frame(ctx, user)),
        form: formTo(house, ctx, "/account/profile", given === undefined ? {} : { errors: given.errors }),
        fields: fieldsOf(user, may).map((field) => ({ ...field, value: typed(field.name, field.value) })),
        attributes: showAttributes(attributes, user, pickLocale(ctx, "en", { userLocale: user.locale }), given?.fields),
        locales: [
          { value: "en", name: "English" },
          { value: "ja", name: "日本語" },
        ].map((one) => ({ ...one, isChosen: chosen.toLowerCase().startsWith(one.value) })),
        timeZones: Intl.supportedValuesOf("timeZone"),
        timeZone: typed("time_zone", user.time_zone ?? ""),
        marketing: given === undefined ? user.marketing_consent : given.fields.has("marketing"),
        dataHref: "/account/data.json",
        ...(may.usernameFrom === null ? {} : { usernameFrom: may.usernameFrom }),
        ...(user.directory_id === null ? {} : { directory: (await directoryName(house, user)) ?? "" }),
        ...(ctx.query["done"] === "saved" ? { done: true } : {}),
      },
      { userLocale: user.locale, here: "/account/profile", ...(given === undefined ? {} : { status: 422 }) },
    );
  }

  return {
    async profile(ctx) {
      const visitor = await visit(ctx);
      if (visitor !== undefined) await showProfile(ctx, visitor);
    },

    async postProfile(ctx) {
      const fields = await readForm(house, ctx);
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      const { user, run } = visitor;
      try {
        await run(async (work) => {
          const may = await editableProfile(work, user, work.now);
          const attributes = postedAttributes(await readAttributes(work.tx), user, fields);
          await editProfile(work, user.id, { ...changeOf(fields, user, may), attributes });
        });
      } catch (error) {
        const errors = errorsOf(error, ctx, { userLocale: user.locale }, fieldNames);
        return await showProfile(ctx, visitor, { fields, errors });
      }
      leave(ctx, "/account/profile?done=saved");
    },

    async apps(ctx) {
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      const { user, run } = visitor;
      const used = await run(async (work) => await selectUsedApps(work.tx, user.id));
      await showPage(
        house,
        ctx,
        "account-apps",
        {
          ...(await frame(ctx, user)),
          apps: used.map((app) => ({
            name: app.name,
            isThirdParty: app.is_third_party,
            scopes: app.scopes.filter((scope) => scope !== "openid"),
            firstAt: app.first_at,
            lastAt: app.last_at,
            revokeAction: `/account/apps/${app.id}/revoke`,
          })),
          ...(ctx.query["done"] === "revoked" ? { done: true } : {}),
        },
        { userLocale: user.locale, here: "/account/apps" },
      );
    },

    async revokeApp(ctx, appId) {
      await readForm(house, ctx);
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      await visitor.run(async (work) => await revokeApp(work, visitor.user.id, appId));
      leave(ctx, "/account/apps?done=revoked");
    },

    async activity(ctx) {
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      const { user, run } = visitor;
      const asked = ctx.query["cursor"];
      const cursor = typeof asked === "string" ? { cursor: asked } : {};
      const page = await run(async (work) => await readOwnEvents(work, { ...cursor, limit: eventsOfPage }));
      const locale = pickLocale(ctx, "en", { userLocale: user.locale });
      const at = (to: string) => `/account/activity?cursor=${encodeURIComponent(to)}`;
      await showPage(
        house,
        ctx,
        "account-activity",
        {
          ...(await frame(ctx, user)),
          events: page.rows.map((row) => presentEvent(house, row, user, locale)),
          ...(page.previousCursor === null ? {} : { newerHref: at(page.previousCursor) }),
          ...(page.nextCursor === null ? {} : { olderHref: at(page.nextCursor) }),
        },
        { userLocale: user.locale, here: "/account/activity" },
      );
    },

    async data(ctx) {
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      const data = await visitor.run(async (work) => await collectOwnData(work, visitor.user.id));
      ctx.set("Cache-Control", "no-store");
      ctx.attachment(`${visitor.user.username ?? "account"}.json`);
      ctx.type = "application/json; charset=utf-8";
      ctx.body = `${JSON.stringify(data, null, 2)}\n`;
    },
  };
}

const fieldNames = {
  displayName: "display_name",
  givenName: "given_name",
  familyName: "family_name",
  timeZone: "time_zone",
  phoneNumbers: "phone",
};

function fieldsOf(user: UserRow, may: EditableProfile): PageViews["account-profile"]["fields"] {
  const phones = multiValues(user.resource, "phoneNumbers");
  const phone = phones.find((one) => one.primary === true) ?? phones[0];
  const canRename = may.username && may.usernameFrom === null;
  const text = { type: "text", isNeeded: false } as const;
  return [
    {
      name: "username",
      ...text,
      isNeeded: true,
      value: user.username ?? "",
      autocomplete: "username",
      mayEdit: canRename,
    },
    {
      name: "display_name",
      ...text,
      isNeeded: true,
      value: user.display_name,
      autocomplete: "nickname",
      mayEdit: may.name,
    },
    { name: "given_name", ...text, value: user.given_name ?? "", autocomplete: "given-name", mayEdit: may.name },
    { name: "family_name", ...text, value: user.family_name ?? "", autocomplete: "family-name", mayEdit: may.name },
    { name: "email", type: "email", isNeeded: false, value: user.email ?? "", autocomplete: "email", mayEdit: false },
    { name: "phone", type: "tel", isNeeded: false, value: phone?.value ?? "", autocomplete: "tel", mayEdit: may.phone },
  ];
}

/** What of the form differs; what may not be edited is not in it, whatever was posted. */
function changeOf(fields: FormFields, user: UserRow, may: EditableProfile): ProfileChange {
  const shown = fieldsOf(user, may);
  const given = (name: string) => {
    const field = shown.find((one) => one.name === name);
    const typed = fields.get(name)?.trim();
    return field?.mayEdit === true && typed !== undefined && typed !== field.value ? typed : undefined;
  };
  const username = given("username");
  const displayName = given("display_name");
  const givenName = given("given_name");
  const familyName = given("family_name");
  const phone = given("phone");
  const locale = fields.get("locale");
  const timeZone = fields.get("time_zone");
  return {
    ...(username === undefined ? {} : { username }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(givenName === undefined ? {} : { givenName }),
    ...(familyName === undefined ? {} : { familyName }),
    ...(phone === undefined ? {} : { phone }),
    // A regional tag such as en-GB stays as it is while its language does.
    ...(locale === undefined || (locale !== "" && user.locale?.toLowerCase().startsWith(locale)) ? {} : { locale }),
    ...(timeZone === undefined ? {} : { timeZone }),
    marketingConsent: fields.get("marketing") === "yes",
  };
}

async function directoryName(house: House, user: UserRow): Promise<string | undefined> {
  return (await house.db.row<{ name: string }>("select name from directories where id = $1", [user.directory_id]))
    ?.name;
}

/** Where others acted from is not the person's to know. */
function presentEvent(
  house: House,
  row: EventListRow,
  user: UserRow,
  locale: Locale,
): PageViews["account-activity"]["events"][number] {
  const isOwn = row.actor_kind === "stranger" || (row.actor_kind === "user" && row.actor_id === user.id);
  const place = isOwn ? house.places.placeOf(row.address) : undefined;
  const browser = isOwn ? browserName(row.user_agent) : null;
  return {
    type: row.type,
    at: row.at,
    iso: row.at.toISOString(),
    isFailure: row.outcome === "failure",
    ...(isOwn ? {} : { by: row.actor_kind === "directory" ? ("directory" as const) : ("administrator" as const) }),
    ...(row.app_name === null ? {} : { app: row.app_name }),
    ...(browser === null ? {} : { browser }),
    ...(place === undefined ? {} : { place: placeName(place, locale) }),
    ...(isOwn && row.address !== null ? { address: row.address } : {}),
  };
}
