import type { Context } from "koa";
import { Failure, failure } from "../../contract/failure.ts";
import { selectCredential } from "../../db/sql/credentials.ts";
import type { SessionRow } from "../../db/sql/sessions.ts";
import type { UserRow } from "../../db/sql/users.ts";
import { inWork } from "../../db/work.ts";
import type { Actor, Work } from "../../db/work.ts";
import { listDevices } from "../../devices/list-devices.ts";
import type { FoundDevices } from "../../devices/list-devices.ts";
import { removeDevice } from "../../devices/remove-device.ts";
import { distrustDevice } from "../../devices/trust-device.ts";
import { readFactors } from "../../factors/read-factors.ts";
import type { House } from "../../house.ts";
import { placeName } from "../../kernel/places.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import { newSecret, hashSecret } from "../../kernel/secrets.ts";
import { accountClientId } from "../../oidc/app-clients.ts";
import { acr, acrOf } from "../../oidc/policy.ts";
import { readSession, signOut } from "../../oidc/read-session.ts";
import type { BrowserSession } from "../../oidc/read-session.ts";
import { changePassword } from "../../passwords/change-password.ts";
import { allow } from "../../permissions/rules.ts";
import { browserName, isPhone } from "../../sessions/browser-name.ts";
import { endSession, endSessions } from "../../sessions/end-sessions.ts";
import { listSessions } from "../../sessions/list-sessions.ts";
import { readSetting } from "../../settings/read-settings.ts";
import { beginGuess, isRefusal, tooMany } from "../../signin/throttle.ts";
import type { Throttle } from "../../signin/throttle.ts";
import { userRules } from "../../users/policy.ts";
import { readUser } from "../../users/read-user.ts";
import type { UserExtras } from "../../users/read-user.ts";
import { targetOf } from "../../users/update-user.ts";
import type { FieldError, PageViews, SessionView } from "../pages/page-views.ts";
import type { Shared } from "../shell/mount.ts";
import { readForm } from "../shell/read-body.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { formToken } from "../shell/same-origin.ts";
import { pickLocale, showPage } from "../shell/show-page.ts";
import { accountFactors } from "./account-factors.ts";
import { factorsOf, summaryOf } from "./present-factors.ts";
import type { AccountFactors, FreshVisitor } from "./account-factors.ts";
import { accountPages } from "./account-pages.ts";
import type { AccountPages } from "./account-pages.ts";
import { errorsOf, formTo, rulesFor } from "./fields.ts";
import { leave } from "./signing.ts";

/** How long a proof of who somebody is counts as fresh. */
const freshSeconds = 600;

type Done = NonNullable<PageViews["account-home"]["done"]>;
const doneWords: readonly Done[] = [
  "passwordChanged",
  "sessionEnded",
  "sessionsEnded",
  "deviceRemoved",
  "deviceDistrusted",
];

type FactorsDone = NonNullable<PageViews["account-factors"]["done"]>;
const factorsDone: readonly FactorsDone[] = ["removed", "added", "renamed", "chosen", "confirmed"];

/** Where people may come back to after they have proven once more who they are. */
const returns = /^\/account\/factors(?:\/[\w-]+){0,2}(?:\?done=confirmed)?$/;

/** Asks for a sign-in with two factors, nothing less (OpenID Connect Core §5.5.1.1). */
const twoFactors = JSON.stringify({ id_token: { acr: { essential: true, value: acr.twoFactors } } });

/** Everyone's own pages: who I am, my password, my sessions (S8). */
export interface AccountDoor {
  pages: AccountPages;
  factors: AccountFactors;
  home(ctx: Context): Promise<void>;
  /** The own second factors. */
  showFactors(ctx: Context): Promise<void>;
  /** Where the provider sends the browser after the sign-in. */
  callback(ctx: Context): Promise<void>;
  password(ctx: Context): Promise<void>;
  postPassword(ctx: Context): Promise<void>;
  signOut(ctx: Context): Promise<void>;
  endSession(ctx: Context, sessionId: string): Promise<void>;
  endOthers(ctx: Context): Promise<void>;
  removeDevice(ctx: Context, deviceId: string): Promise<void>;
  /** Asks for the second factor again in a browser that was trusted. */
  distrustDevice(ctx: Context, deviceId: string): Promise<void>;
}

/** The person in front of a page, with their session. */
interface Visitor {
  session: BrowserSession;
  user: UserRow;
  extras: UserExtras;
  sessions: SessionRow[];
  devices: FoundDevices;
}

export function accountDoor(house: House, { oidc }: Shared, throttle: Throttle): AccountDoor {
  /** The visitor, or undefined after the redirect to the sign-in. */
  async function visit(ctx: Context): Promise<Visitor | undefined> {
    const session = await readSession(oidc, ctx);
    if (session === undefined) {
      leave(ctx, signInAddress(house));
      return undefined;
    }
    return await inWork(house, { actor: self(ctx, session), requestId: factsOf(ctx).requestId }, async (work) => {
      const { user, extras } = await readUser(work, session.userId);
      return {
        session,
        user,
        extras,
        sessions: await listSessions(work, user.id),
        devices: await listDevices(work, user.id),
      };
    });
  }

  /** Runs a command as the person in front of the page, after the form was found to be ours. */
  async function act(ctx: Context, done: Done, run: (work: Work, session: BrowserSession) => Promise<unknown>) {
    await readForm(house, ctx);
    const session = await readSession(oidc, ctx);
    if (session === undefined) return leave(ctx, signInAddress(house));
    await inWork(house, { actor: self(ctx, session), requestId: factsOf(ctx).requestId }, async (work) => {
      const { user } = await readUser(work, session.userId);
      allow(userRules, work.actor, "user.endSessions", targetOf(user));
      await run(work, session);
    });
    leave(ctx, `/account/?done=${done}`);
  }

  /** As `visit`, for what changes how somebody proves who they are: the proof must be fresh (ASVS 7.5.1). */
  async function visitFresh(ctx: Context): Promise<FreshVisitor | undefined> {
    const visitor = await visit(ctx);
    if (visitor === undefined) return undefined;
    const { session, user } = visitor;
    const isOld = Date.now() - session.signedInAt.getTime() > freshSeconds * 1000;
    // A browser that is trusted skips the factor at sign-in, and may not change it for that. Who has just set up the
    // first one had none to be asked for.
    const { factors } = await readFactors(house.db, user);
    const isWeak = acrOf(session.amr) !== acr.twoFactors && factors.some((one) => one.created_at < session.signedInAt);
    if (isOld || isWeak) {
      // What was posted is not kept meanwhile; the list says so, and it is chosen once more.
      const state = ctx.method === "GET" ? ctx.path : "/account/factors?done=confirmed";
      leave(
        ctx,
        signInAddress(house, { max_age: String(freshSeconds), state, ...(isWeak ? { claims: twoFactors } : {}) }),
      );
      return undefined;
    }
    const by = { actor: self(ctx, session), requestId: factsOf(ctx).requestId };
    return { session, user, run: async (command) => await inWork(house, by, command) };
  }

  async function showPassword(ctx: Context, { user }: Visitor, errors?: FieldError[]): Promise<void> {
    await showPage(
      house,
      ctx,
      "account-password",
      {
        form: formTo(house, ctx, "/account/password", errors === undefined ? {} : { errors }),
        username: user.username ?? "",
        rules: await rulesFor(house, [user.username, user.given_name, user.family_name]),
        backHref: "/account/",
      },
      { userLocale: user.locale, ...(errors === undefined ? {} : { status: 422 }) },
    );
  }

  return {
    pages: accountPages(house, async (ctx) => {
      const visitor = await visit(ctx);
      if (visitor === undefined) return undefined;
      const by = { actor: self(ctx, visitor.session), requestId: factsOf(ctx).requestId };
      return { ...visitor, run: async (command) => await inWork(house, by, command) };
    }),
    factors: accountFactors(house, throttle, visitFresh),

    async home(ctx) {
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      const { user } = visitor;
      const credential = await selectCredential(house.db, user.id);
      const locale = pickLocale(ctx, "en", { userLocale: user.locale });
      const timeZone = user.time_zone ?? (await readSetting(house.db, "organization.timeZone"));
      await showPage(
        house,
        ctx,
        "account-home",
        {
          person: personOf(visitor, credential?.created_at ?? null),
          sessions: visitor.sessions.map((row) => ({
            ...sessionOf(row, visitor.session),
            ...placed(house, row.address, locale),
          })),
          factors: await summaryOf(house, user),
          devices: devicesOf(visitor, house.now()).map((device) => ({
            ...device,
            ...placed(house, device.address ?? null, locale),
          })),
          ...(visitor.devices.limit === Infinity ? {} : { deviceLimit: visitor.devices.limit }),
          clock: { timeZone, now: house.now() },
          csrf: formToken(house, ctx),
          homeHref: "/account/",
          passwordHref: "/account/password",
          signoutAction: "/account/sign-out",
          endOthersAction: "/account/sessions/end-others",
          ...doneOf(ctx, doneWords),
          ...(user.role_permissions.length > 0 ? { consoleHref: "/admin/" } : {}),
        },
        { userLocale: user.locale, here: "/account/" },
      );
    },

    async showFactors(ctx) {
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      const { user } = visitor;
      const timeZone = user.time_zone ?? (await readSetting(house.db, "organization.timeZone"));
      await showPage(
        house,
        ctx,
        "account-factors",
        {
          ...(await factorsOf(house, user)),
          person: user.locale === null ? {} : { locale: user.locale },
          clock: { timeZone, now: house.now() },
          csrf: formToken(house, ctx),
          homeHref: "/account/",
          signoutAction: "/account/sign-out",
          ...doneOf(ctx, factorsDone),
          ...(user.role_permissions.length > 0 ? { consoleHref: "/admin/" } : {}),
        },
        { userLocale: user.locale, here: "/account/factors" },
      );
    },

    async callback(ctx) {
      if (ctx.query["error"] !== undefined) throw failure("access.denied");
      const { state } = ctx.query;
      leave(ctx, typeof state === "string" && returns.test(state) ? state : "/account/");
    },

    async password(ctx) {
      const visitor = await visit(ctx);
      if (visitor !== undefined) await showPassword(ctx, visitor);
    },

    async postPassword(ctx) {
      const fields = await readForm(house, ctx);
      const visitor = await visit(ctx);
      if (visitor === undefined) return;
      // Whoever has taken over a session must not be able to guess the password at leisure.
      const guess = await beginGuess(throttle, `own password\n${visitor.user.id}`);
      if (isRefusal(guess)) throw tooMany(guess);
      try {
        await changePassword(house, {
          userId: visitor.user.id,
          currentPassword: fields.get("current_password") ?? "",
          newPassword: fields.get("new_password") ?? "",
          keepSession: visitor.session.id,
          requestId: factsOf(ctx).requestId,
          ...networkOf(ctx),
        });
      } catch (error) {
        const isWrong = error instanceof Failure && error.code === "password.wrong";
        // Of a new password that is refused nobody learns anything about the current one.
        if (!isWrong) await guess.takeBack();
        return await showPassword(ctx, visitor, errorsOf(error, ctx, { userLocale: visitor.user.locale }));
      }
      await guess.succeed();
      leave(ctx, "/account/?done=passwordChanged");
    },

    async signOut(ctx) {
      await readForm(house, ctx);
      const session = await readSession(oidc, ctx);
      await signOut(oidc, ctx);
      const { user } = session === undefined ? {} : await lastLook(house, ctx, session);
      await showPage(
        house,
        ctx,
        "signed-out",
        { signinHref: "/account/" },
        { here: "/account/", ...(user?.locale == null ? {} : { userLocale: user.locale }) },
      );
    },

    endSession: async (ctx, sessionId) =>
      await act(ctx, "sessionEnded", async (work, session) => {
        await endSession(work, session.userId, sessionId, "self");
      }),

    endOthers: async (ctx) =>
      await act(ctx, "sessionsEnded", async (work, session) => {
        await endSessions(work, session.userId, "self", session.id);
      }),

    removeDevice: async (ctx, deviceId) =>
      await act(ctx, "deviceRemoved", async (work, session) => {
        await removeDevice(work, session.userId, deviceId);
      }),

    distrustDevice: async (ctx, deviceId) =>
      await act(ctx, "deviceDistrusted", async (work, session) => {
        await distrustDevice(work, session.userId, deviceId);
      }),
  };
}

/**
 * Where the sign-in for the own pages begins. Its outcome is the session of the provider, which these pages read; the
 * code at the end opens nothing, so nobody keeps the verifier of this challenge.
 */
function signInAddress(house: House, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: accountClientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: `${house.config.issuer}/account/callback`,
    code_challenge: hashSecret(newSecret()).toString("base64url"),
    code_challenge_method: "S256",
    ...more,
  });
  return `/oauth/authorize?${query.toString()}`;
}

/** The person acts for themselves: whatever their role, these pages only reach their own account. */
function self(ctx: Context, session: BrowserSession): Actor {
  return { kind: "user", id: session.userId, name: "", can: () => false, ...networkOf(ctx) };
}

async function lastLook(house: House, ctx: Context, session: BrowserSession): Promise<{ user: UserRow }> {
  return await inWork(
    house,
    { actor: self(ctx, session), requestId: factsOf(ctx).requestId },
    async (work) => await readUser(work, session.userId),
  );
}

function personOf({ user, extras }: Visitor, passwordAt: Date | null): PageViews["account-home"]["person"] {
  return {
    id: user.id,
    username: user.username ?? "",
    displayName: user.display_name,
    groups: extras.groups.map((group) => group.name),
    createdAt: user.created_at,
    passwordAt,
    isBlocked: user.status === "blocked",
    ...(user.email === null ? {} : { email: user.email }),
    ...(user.locale === null ? {} : { locale: user.locale }),
    ...(extras.directory === null ? {} : { directory: extras.directory.name }),
  };
}

function sessionOf(row: SessionRow, current: BrowserSession): SessionView {
  return {
    browser: browserName(row.user_agent) ?? "",
    isPhone: isPhone(row.user_agent),
    isCurrent: row.id === current.id,
    apps: row.apps.map((app) => app.name),
    startedAt: row.started_at,
    activeAt: row.last_active_at,
    endAction: `/account/sessions/${encodeURIComponent(row.id)}/end`,
    ...(row.address === null ? {} : { address: row.address }),
  };
}

function placed(house: House, address: string | null, locale: Locale): { place?: string } {
  const place = house.places.placeOf(address);
  return place === undefined ? {} : { place: placeName(place, locale) };
}

function devicesOf({ devices, sessions, session }: Visitor, now: Date): PageViews["account-home"]["devices"] {
  const current = sessions.find((row) => row.id === session.id)?.device_id;
  return devices.devices.map((device) => ({
    name: device.name,
    isPhone: device.is_phone,
    isCurrent: device.id === current,
    registeredAt: device.first_seen_at,
    activeAt: device.last_seen_at,
    distrustAction: `/account/devices/${device.id}/distrust`,
    removeAction: `/account/devices/${device.id}/remove`,
    ...(device.trusted_until !== null && device.trusted_until > now ? { trustedUntil: device.trusted_until } : {}),
    ...(device.address === null ? {} : { address: device.address }),
  }));
}

function doneOf<Word extends string>(ctx: Context, words: readonly Word[]): { done?: Word } {
  const done = words.find((one) => one === ctx.query["done"]);
  return done === undefined ? {} : { done };
}
