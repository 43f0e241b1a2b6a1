import { factorKinds } from "../../contract/users.ts";
import type { FactorKind } from "../../contract/users.ts";
import type { FactorRow } from "../../db/sql/factors.ts";
import type { UserRow } from "../../db/sql/users.ts";
import { mailRefusal } from "../../factors/email-code.ts";
import { readFactors } from "../../factors/read-factors.ts";
import { fewCodes } from "../../factors/recovery-codes.ts";
import { relyingPartyOf } from "../../factors/webauthn.ts";
import type { House } from "../../house.ts";
import { readSettings } from "../../settings/read-settings.ts";
import { factorLevel } from "../../users/factor-level.ts";
import type { FactorView, PageViews } from "../pages/page-views.ts";

const root = "/account/factors";

/** Where each kind is added. */
export const addPaths: Readonly<Record<FactorKind, string>> = { passkey: "passkey", totp: "add", email: "email" };

/** The second factors in a line, for the page that has everything. */
export async function summaryOf(house: House, user: UserRow): Promise<PageViews["account-home"]["factors"]> {
  const { factors, codesLeft } = await readFactors(house.db, user);
  return {
    kinds: factorKinds.filter((kind) => factors.some((factor) => factor.kind === kind)),
    codesLeft,
    isFew: factors.length > 0 && codesLeft <= fewCodes,
    mayEnroll: (await levelOf(house, user)) !== "off",
    href: root,
  };
}

/** The second factors in full, with what can be done to them. */
export async function factorsOf(
  house: House,
  user: UserRow,
): Promise<Pick<PageViews["account-factors"], "level" | "factors" | "codes" | "add">> {
  const { factors, codesLeft, ways } = await readFactors(house.db, user);
  const level = await levelOf(house, user);
  const addable = level === "off" ? [] : await addableKinds(house, user, factors);
  return {
    level,
    factors: factors.map((factor) => viewOf(factor, ways[0])),
    codes:
      factors.length === 0 ? null : { left: codesLeft, isFew: codesLeft <= fewCodes, renewAction: `${root}/codes` },
    add: addable.map((kind) => ({ kind, href: `${root}/${addPaths[kind]}` })),
  };
}

/** There may be any number of passkeys, and one of each other kind. */
async function addableKinds(house: House, user: UserRow, factors: readonly FactorRow[]): Promise<FactorKind[]> {
  const hasMail = (await mailRefusal(house.db, user, house.now())) === undefined;
  const offered = { passkey: relyingPartyOf(house.config.issuer) !== undefined, totp: true, email: hasMail };
  return factorKinds.filter(
    (kind) => offered[kind] && (kind === "passkey" || !factors.some((factor) => factor.kind === kind)),
  );
}

async function levelOf(house: House, user: UserRow) {
  return factorLevel(user, { requireFactor: false }, await readSettings(house.db));
}

function viewOf(factor: FactorRow, first: string | undefined): FactorView {
  const { id, kind } = factor;
  const removePaths: Record<FactorKind, string> = {
    passkey: `passkeys/${id}/remove`,
    totp: "remove",
    email: "email/remove",
  };
  return {
    kind,
    name: factor.name ?? "",
    isDefault: kind === first,
    mayBeDefault: kind !== first,
    isBackedUp: factor.is_backed_up === true,
    createdAt: factor.created_at,
    usedAt: factor.last_used_at,
    defaultAction: `${root}/default`,
    removeAction: `${root}/${removePaths[kind]}`,
    renameHref: kind === "passkey" ? `${root}/passkeys/${id}` : null,
  };
}
