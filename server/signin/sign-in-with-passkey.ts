import { failure } from "../contract/failure.ts";
import { selectPasskeyByCredential } from "../db/sql/passkeys.ts";
import type { PasskeyRow } from "../db/sql/passkeys.ts";
import { inWork } from "../db/work.ts";
import { readChallenge, useChallenge } from "../factors/challenge.ts";
import { noteUse } from "../factors/prove-factor.ts";
import { checkAssertion, passkeyMethods, readAssertion, relyingPartyOf } from "../factors/webauthn.ts";
import type { House } from "../house.ts";
import type { Settings } from "../settings/definitions.ts";
import { readSettings } from "../settings/read-settings.ts";
import { factorLevel } from "../users/factor-level.ts";
import { requireLockedUser } from "../users/update-user.ts";
import { beginWithPasskey } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { refusalOf, signingActor, tellFailure } from "./sign-in.ts";
import type { TryFrom } from "./sign-in.ts";
import { beginPasskey, isRefusal, networkOf, tooMany } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";

export interface PasskeyTry extends TryFrom {
  /** The sign-in that the question was asked in. */
  uid: string;
  ticket: string;
  /** What the browser answered, as JSON. */
  answer: string;
  /** The app that asks; undefined for the own account pages. */
  app?: NonNullable<TryFrom["app"]> & { requireFactor: boolean };
}

/** Whether a sign-in page offers a passkey in place of name and password. */
export function isPasskeyOffered(house: House, settings: Pick<Settings, "factors.passkeyAlone">): boolean {
  return settings["factors.passkeyAlone"] && relyingPartyOf(house.config.issuer) !== undefined;
}

/**
 * Signs somebody in by a passkey alone (S2): it says who they are, and they have unlocked it, so it is two factors.
 * An unknown passkey, a wrong answer, and one that does not count for its owner are told in one sentence, after the
 * same work; the log has the reason.
 *
 * @returns the attempt, with nothing left to prove
 * @throws passkey.refused signin.throttled
 * @throws signin.disabled signin.blocked only after the right answer, so that strangers learn no status
 */
export async function signInWithPasskey(house: House, throttle: Throttle, given: PasskeyTry): Promise<Attempt> {
  const leave = await beginPasskey(throttle, networkOf(given.address));
  if (isRefusal(leave)) {
    if (leave.isFirst) await tellFailure(house, given, undefined, "throttled");
    throw tooMany(leave);
  }
  const checked = await check(house, given);
  const { passkey, use, asked } = checked;
  if (passkey === undefined || use === undefined || asked === undefined) {
    return await refuse(house, given, passkey, passkey === undefined ? "unknownPasskey" : "wrongPasskey");
  }
  const by = { actor: signingActor(passkey.user_id, passkey.owner, given), requestId: given.requestId };
  const done = await inWork(house, by, async (work) => {
    const user = await requireLockedUser(work, passkey.user_id);
    if (!(await useChallenge(work.tx, asked))) return { user, wrong: "wrongPasskey" };
    const settings = await readSettings(work.tx);
    const isOff = factorLevel(user, { requireFactor: given.app?.requireFactor === true }, settings) === "off";
    if (isOff || !settings["factors.passkeyAlone"]) return { user, wrong: "passkeyOff" };
    return (await noteUse(work, passkey, use)) ? { user } : { user, wrong: "clonedPasskey" };
  });
  if (done.wrong !== undefined) return await refuse(house, given, passkey, done.wrong);
  await leave.succeed();
  const refusal = refusalOf(done.user, given);
  if (refusal !== undefined) {
    await tellFailure(house, given, done.user, refusal);
    throw failure(refusal, { data: { account: done.user.username ?? "" } });
  }
  return beginWithPasskey(done.user, passkeyMethods(passkey));
}

async function check(house: House, given: PasskeyTry) {
  const party = relyingPartyOf(house.config.issuer);
  const ceremony = { use: "signIn" as const, place: given.uid, userId: null };
  const asked = readChallenge(house.keyring, given.ticket, ceremony, house.now());
  const answer = readAssertion(given.answer);
  if (party === undefined || answer === undefined) return {};
  const passkey = await selectPasskeyByCredential(house.db, Buffer.from(answer.id, "base64url"));
  const use = await checkAssertion(party, asked?.challenge ?? "", answer, passkey, true);
  return { passkey, use, asked };
}

async function refuse(
  house: House,
  given: PasskeyTry,
  passkey: PasskeyRow | undefined,
  reason: string,
): Promise<never> {
  const owner = passkey === undefined ? undefined : { id: passkey.user_id, display_name: passkey.owner };
  await tellFailure(house, given, owner, reason);
  throw failure("passkey.refused");
}
