import type { Account, AccountClaims, FindAccount } from "oidc-provider";
import { selectAccount, selectAccountStatus, selectGroupNames } from "../db/sql/oidc-accounts.ts";
import type { AccountRow } from "../db/sql/oidc-accounts.ts";
import { selectEntitlementValues } from "../db/sql/entitlements.ts";
import type { Db } from "../db/connect.ts";
import { isId } from "../kernel/ids.ts";

/** Claims by scope (OpenID Connect Core §5.4); `groups` and `entitlements` are ours. */
export const claims = {
  openid: ["sub", "acr", "amr", "auth_time"],
  profile: ["name", "given_name", "family_name", "nickname", "preferred_username", "locale", "zoneinfo", "updated_at"],
  email: ["email", "email_verified"],
  phone: ["phone_number", "phone_number_verified"],
  groups: ["groups"],
  entitlements: ["entitlements"],
};

/**
 * The claims of this organization: those above, and with `profile` the attributes that it releases.
 *
 * @param released names of claims, as the definitions of attributes give them
 */
export function claimsWith(released: readonly string[]): typeof claims {
  return { ...claims, profile: [...claims.profile, ...released] };
}

/** Names of scopes and claims for which the account must be read, but for those of attributes. */
const aboutAccount = Object.entries(claims).flatMap(([scope, names]) => (scope === "openid" ? [] : [scope, ...names]));

/**
 * The most groups that an ID token names. It travels in addresses as `id_token_hint`, which proxies cut at 8 KB; an app
 * that finds no `groups` in it asks the userinfo endpoint, which names all.
 */
export const mostGroupsInIdToken = 100;

/** The most characters of released attributes in an ID token, for the same reason; past it userinfo alone names them. */
export const mostReleasedInIdToken = 2000;

/** A user as the provider sees one. A blocked user has an account, but apps get nothing of it (see policy.ts). */
export interface HouseAccount extends Account {
  isBlocked: boolean;
  /** Whether the app that asks is open to this user (G4). */
  mayUseApp: boolean;
}

/**
 * Finds the account behind a subject; nobody who is disabled or deleted has one.
 *
 * @param released names of the claims that attributes are released as
 */
export function accountFinder(db: Db, released: readonly string[]): FindAccount {
  const aboutAll = [...aboutAccount, ...released];
  return async (ctx, sub, token) => {
    if (!isId(sub)) return undefined;
    // A token was found together with its user's status, in one statement (see db/sql/oidc-records.ts).
    if (token !== undefined) return present(db, aboutAll, sub, token.clientId, { isBlocked: false, mayUseApp: true });
    const clientId = ctx.oidc.client?.clientId;
    const status = await selectAccountStatus(db, sub, clientId);
    return (
      status && present(db, aboutAll, sub, clientId, { isBlocked: status.is_blocked, mayUseApp: status.may_use_app })
    );
  };
}

function present(
  db: Db,
  aboutAll: readonly string[],
  userId: string,
  clientId: string | undefined,
  allowed: Pick<HouseAccount, "isBlocked" | "mayUseApp">,
): HouseAccount {
  return {
    accountId: userId,
    ...allowed,
    async claims(use, scope, requested) {
      // What was asked for by scope, or one by one in the parameter `claims` (OpenID Connect Core §5.5).
      const wanted = new Set([...scope.split(" "), ...Object.keys(requested)]);
      if (!aboutAll.some((name) => wanted.has(name))) return { sub: userId };
      const [account, groups, entitlements] = await Promise.all([
        selectAccount(db, userId),
        wanted.has("groups") ? selectGroupNames(db, userId, clientId) : undefined,
        wanted.has("entitlements") ? selectEntitlementValues(db, userId, clientId ?? "") : undefined,
      ]);
      if (account === undefined) return { sub: userId };
      const isTooMany = use === "id_token" && groups !== undefined && groups.length > mostGroupsInIdToken;
      const isTooLong = use === "id_token" && JSON.stringify(account.released).length > mostReleasedInIdToken;
      return {
        ...(isTooLong ? {} : account.released),
        ...toClaims(userId, account),
        ...(groups !== undefined && !isTooMany && { groups }),
        // What the app lets this user do, in its own words (G3); the name is that of RFC 9068 §2.2.3.1.
        ...(entitlements !== undefined && { entitlements }),
      };
    },
  };
}

function toClaims(userId: string, account: AccountRow): AccountClaims {
  const phone = primaryPhone(account.resource);
  return withoutNulls({
    sub: userId,
    name: account.display_name,
    given_name: account.given_name,
    family_name: account.family_name,
    nickname: text(account.resource["nickName"]),
    preferred_username: account.username,
    locale: account.locale,
    zoneinfo: account.time_zone,
    updated_at: Math.floor(account.updated_at.getTime() / 1000),
    email: account.email,
    // The organization gives out the addresses and vouches for them: nobody sets their own.
    email_verified: account.email === null ? null : true,
    phone_number: phone,
    phone_number_verified: phone === null ? null : false,
  });
}

/** The primary phone number of a SCIM user, else the first (RFC 7643 §4.1.2). */
function primaryPhone(resource: Record<string, unknown>): string | null {
  const numbers = Array.isArray(resource["phoneNumbers"]) ? (resource["phoneNumbers"] as unknown[]) : [];
  const objects = numbers.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null);
  const chosen = objects.find((item) => item["primary"] === true) ?? objects[0];
  return text(chosen?.["value"]);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Claims without a value are left out (OpenID Connect Core §5.3.2). */
function withoutNulls(all: { sub: string; [claim: string]: string | number | boolean | null }): AccountClaims {
  return { ...Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)), sub: all.sub };
}
